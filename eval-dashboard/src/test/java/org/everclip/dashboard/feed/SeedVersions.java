package org.everclip.dashboard.feed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;

/** Made-up versions of one model, signed and chained, with hostile words in card and reasons. */
final class SeedVersions {

  private final ReadModel model;
  private final Instant now;
  private final BlobServer.Blobs blobs;

  SeedVersions(ReadModel model, Instant now, BlobServer.Blobs blobs) {
    this.model = model;
    this.now = now;
    this.blobs = blobs;
  }

  void versions(int count) throws Exception {
    KeyPair key = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] card = ("# " + Seed.MODEL + "\n\nLearns from a stream. " + Seed.SCRIPT).getBytes(UTF_8);
    var readme = new FileEntry("README.md", blobs.put(card), card.length);
    var versions = new ArrayList<VersionInfo>();
    String previous = "";
    for (int version = 1; version <= count; version++) {
      SignedManifest signed =
          SignedManifest.sign(
              manifest(version, count, previous, readme), key.getPrivate(), key.getPublic());
      previous = signed.digest();
      var aliases = new ArrayList<String>();
      if (version == count) {
        aliases.add("latest");
      }
      if (version == Seed.main(count)) {
        aliases.add("main");
      }
      versions.add(VersionInfo.of(signed, aliases, false));
    }
    model.versions(
        Map.of(Seed.MODEL, versions),
        Map.of(
            Seed.MODEL,
            List.of(
                new AliasMove("main", 1, null, "promotion gate", "the first version", now),
                new AliasMove("stable", 2, null, "ana", Seed.SCRIPT, now),
                new AliasMove(
                    "main",
                    Seed.main(count),
                    1,
                    "promotion gate",
                    "mean over 4 tasks rises",
                    now))));
  }

  private Manifest manifest(int version, int count, String previous, FileEntry readme) {
    Map<String, Object> account =
        Map.of(
            "samples",
            19_200,
            "wallSeconds",
            144.5,
            "cpuSeconds",
            280.1,
            "flops",
            6.1e12,
            "cost",
            0.04,
            "currency",
            "EUR");
    return new Manifest(
        Seed.MODEL,
        version,
        version == 1 ? null : version - 1,
        version,
        300L * version,
        now.minusSeconds(600L * (count - version)),
        List.of(new FileEntry("model.safetensors", "a".repeat(64), 9_000_000), readme),
        Map.of("pairs.reinforced/0", version == count ? 20L : version),
        "b4a1f00d5eed",
        List.of("Apache-2.0"),
        previous,
        Map.of(
            "architecture",
            "mobileclip-nano",
            "periods",
            Map.of("2025", 40, "2024", 60),
            "account",
            account,
            "replayShares",
            Map.of("2024", 0.25, "2025", 0.75),
            "skippedSteps",
            version == 3 ? 1 : 0,
            "pairsNew",
            512),
        Manifest.FORMAT);
  }
}
