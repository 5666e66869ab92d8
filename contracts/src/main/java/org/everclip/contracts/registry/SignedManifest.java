package org.everclip.contracts.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.everclip.contracts.Sha256;

/**
 * A manifest's canonical text with its Ed25519 signature: what travels on the log, and what lies
 * beside pulled files.
 *
 * @param signed canonical JSON of the {@link Manifest}
 * @param signature base64
 * @param publicKey X.509 encoding, base64
 */
public record SignedManifest(String signed, String signature, String publicKey) {

  private static final String ALGORITHM = "Ed25519";
  private static final int COMMIT_DIGITS = 40;

  /** Signs a manifest. */
  public static SignedManifest sign(Manifest manifest, PrivateKey key, PublicKey publicKey) {
    String text = CanonicalJson.text(manifest);
    try {
      Signature signer = Signature.getInstance(ALGORITHM);
      signer.initSign(key);
      signer.update(text.getBytes(UTF_8));
      Base64.Encoder base64 = Base64.getEncoder();
      return new SignedManifest(
          text,
          base64.encodeToString(signer.sign()),
          base64.encodeToString(publicKey.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("manifest cannot be signed", e);
    }
  }

  /** Reads what {@link #json} wrote. */
  public static SignedManifest parse(String json) {
    return CanonicalJson.read(json, SignedManifest.class);
  }

  /** This envelope as JSON. */
  public String json() {
    return CanonicalJson.text(this);
  }

  /** The manifest itself. */
  public Manifest manifest() {
    return CanonicalJson.read(signed, Manifest.class);
  }

  /** SHA-256 of the signed text, 64 hex digits. */
  public String digest() {
    return Sha256.hex(signed);
  }

  /** The version's commit id: the first 40 digits of the digest. */
  public String commit() {
    return digest().substring(0, COMMIT_DIGITS);
  }

  /** Does the signature belong to the text and the key? */
  public boolean isAuthentic() {
    try {
      Base64.Decoder base64 = Base64.getDecoder();
      PublicKey key =
          KeyFactory.getInstance(ALGORITHM)
              .generatePublic(new X509EncodedKeySpec(base64.decode(publicKey)));
      Signature verifier = Signature.getInstance(ALGORITHM);
      verifier.initVerify(key);
      verifier.update(signed.getBytes(UTF_8));
      return verifier.verify(base64.decode(signature));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return false;
    }
  }
}
