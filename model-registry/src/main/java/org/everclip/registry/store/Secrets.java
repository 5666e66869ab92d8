package org.everclip.registry.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/** The Ed25519 key that signs manifests; made at the first start, readable by the owner only. */
public final class Secrets {

  private static final String ALGORITHM = "Ed25519";

  private final KeyPair keys;

  private Secrets(KeyPair keys) {
    this.keys = keys;
  }

  /**
   * Reads or makes the key.
   *
   * @param keyFolder holds {@code ed25519.key} (private, PKCS 8) and {@code ed25519.pub}, base64
   */
  public static Secrets open(Path keyFolder) throws IOException {
    return new Secrets(keys(keyFolder));
  }

  private static KeyPair keys(Path folder) throws IOException {
    Path privateFile = folder.resolve("ed25519.key");
    Path publicFile = folder.resolve("ed25519.pub");
    try {
      if (!Files.exists(privateFile)) {
        KeyPair made = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
        Base64.Encoder base64 = Base64.getEncoder();
        Tokens.writePrivate(publicFile, base64.encodeToString(made.getPublic().getEncoded()));
        Tokens.writePrivate(privateFile, base64.encodeToString(made.getPrivate().getEncoded()));
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

  public KeyPair keys() {
    return keys;
  }
}
