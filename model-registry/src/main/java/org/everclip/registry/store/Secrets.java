package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import org.everclip.contracts.Sha256;
import org.everclip.formats.AtomicFile;

/**
 * The Ed25519 key that signs manifests and the token that allows writing; made at the first start,
 * readable by the owner only.
 */
public final class Secrets {

  private static final String ALGORITHM = "Ed25519";
  private static final int TOKEN_BYTES = 32;

  private final KeyPair keys;
  private final byte[] tokenDigest;

  private Secrets(KeyPair keys, String token) {
    this.keys = keys;
    this.tokenDigest = Sha256.digest().digest(token.getBytes(UTF_8));
  }

  /**
   * Reads or makes both.
   *
   * @param keyFolder holds {@code ed25519.key} (private, PKCS 8) and {@code ed25519.pub}, base64
   * @param tokenFile where a generated token is kept for the roles of the same home
   * @param configured the token of the settings; empty to use the file
   */
  public static Secrets open(Path keyFolder, Path tokenFile, String configured) throws IOException {
    String token = configured;
    if (token.isBlank()) {
      if (!Files.exists(tokenFile)) {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        writePrivate(tokenFile, HexFormat.of().formatHex(random));
      }
      token = Files.readString(tokenFile).trim();
      if (token.isEmpty()) {
        throw new IOException(tokenFile + " is empty; remove it to have a new token made");
      }
    }
    return new Secrets(keys(keyFolder), token);
  }

  private static KeyPair keys(Path folder) throws IOException {
    Path privateFile = folder.resolve("ed25519.key");
    Path publicFile = folder.resolve("ed25519.pub");
    try {
      if (!Files.exists(privateFile)) {
        KeyPair made = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
        Base64.Encoder base64 = Base64.getEncoder();
        writePrivate(publicFile, base64.encodeToString(made.getPublic().getEncoded()));
        writePrivate(privateFile, base64.encodeToString(made.getPrivate().getEncoded()));
        return made;
      }
      KeyFactory factory = KeyFactory.getInstance(ALGORITHM);
      return new KeyPair(
          factory.generatePublic(new X509EncodedKeySpec(decode(publicFile))),
          factory.generatePrivate(new PKCS8EncodedKeySpec(decode(privateFile))));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException("the signing key in " + folder + " cannot be read", e);
    }
  }

  private static byte[] decode(Path file) throws IOException {
    return Base64.getDecoder().decode(Files.readString(file).trim());
  }

  private static void writePrivate(Path file, String text) throws IOException {
    Path aside = AtomicFile.aside(file);
    Files.deleteIfExists(aside);
    Files.createFile(
        aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(aside, text);
    AtomicFile.publish(aside, file);
  }

  public KeyPair keys() {
    return keys;
  }

  /** Is it the write token? Takes the same time whatever the answer. */
  public boolean isWriteToken(String candidate) {
    return MessageDigest.isEqual(tokenDigest, Sha256.digest().digest(candidate.getBytes(UTF_8)));
  }
}
