package org.everclip.service;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.everclip.contracts.Sha256;
import org.everclip.formats.AtomicFile;
import org.jspecify.annotations.Nullable;

/** The bearer token that allows sending, held as its digest. Thread-safe. */
public final class WriteToken {

  private static final int TOKEN_BYTES = 32;
  private static final String BEARER = "Bearer ";

  private final byte[] digest;

  private WriteToken(String token) {
    this.digest = Sha256.digest().digest(token.getBytes(UTF_8));
  }

  /**
   * Opens the token.
   *
   * @param configured the token of the settings; empty: the file's, which is made if it is not
   *     there
   */
  public static WriteToken open(Path file, String configured) throws IOException {
    if (!configured.isBlank()) {
      return new WriteToken(configured);
    }
    if (!Files.exists(file)) {
      byte[] random = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(random);
      Path aside = AtomicFile.aside(file);
      Files.deleteIfExists(aside);
      Files.createFile(
          aside,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(aside, HexFormat.of().formatHex(random));
      AtomicFile.publish(aside, file);
    }
    String token = Files.readString(file).trim();
    if (token.isEmpty()) {
      throw new IOException(file + " is empty; remove it to have a new token made");
    }
    return new WriteToken(token);
  }

  /** Whether the header carries the token; takes the same time whatever the answer. */
  public boolean allows(@Nullable String authorization) {
    return authorization != null
        && authorization.startsWith(BEARER)
        && MessageDigest.isEqual(
            digest,
            Sha256.digest()
                .digest(authorization.substring(BEARER.length()).trim().getBytes(UTF_8)));
  }
}
