package org.everclip.contracts.registry;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A version as the registry shows it.
 *
 * @param manifest read from {@code signed}
 * @param aliases that point here now, {@code latest} included
 * @param commit 40 hex digits: the beginning of the manifest's digest
 * @param signature Ed25519 over {@code signed}, base64
 * @param publicKey X.509 encoding, base64
 * @param signed the exact text that was signed, so that fields of a newer registry break nothing
 */
public record VersionInfo(
    Manifest manifest,
    List<String> aliases,
    boolean retired,
    String commit,
    String signature,
    String publicKey,
    String signed) {

  public VersionInfo {
    aliases = List.copyOf(aliases);
  }

  /** The view's facts about a signed manifest. */
  public static VersionInfo of(SignedManifest signed, List<String> aliases, boolean retired) {
    return new VersionInfo(
        signed.manifest(),
        aliases,
        retired,
        signed.commit(),
        signed.signature(),
        signed.publicKey(),
        signed.signed());
  }

  /** Reads the registry's JSON; digest and signature are not checked here. */
  static VersionInfo read(JsonNode json) {
    var signed =
        new SignedManifest(
            json.path("signed").asText(),
            json.path("signature").asText(),
            json.path("publicKey").asText());
    List<String> aliases =
        StreamSupport.stream(json.path("aliases").spliterator(), false)
            .map(JsonNode::asText)
            .toList();
    return of(signed, aliases, json.path("retired").asBoolean());
  }

  /** The version's number. */
  public int version() {
    return manifest.version();
  }

  /** The manifest with its signature. */
  public SignedManifest signedManifest() {
    return new SignedManifest(signed, signature, publicKey);
  }
}
