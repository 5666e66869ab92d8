package org.everclip.evaluation.role;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.VersionInfo;
import org.jspecify.annotations.Nullable;

/** A registry of one model in memory; its directories are names that the models' loader reads. */
final class MemoryVersions implements Versions {

  static final String MODEL = "demo";

  /** Period of a version whose files are no model, and the name of its directory. */
  static final String BROKEN = "broken";

  private final List<VersionInfo> versions = new ArrayList<>();
  private final List<Integer> main = new ArrayList<>();
  private final Map<String, byte[]> blobs = new HashMap<>();
  private final List<Integer> fetched = new ArrayList<>();

  /** Publishes the next version, trained on pairs of a period. */
  VersionInfo publish(String period) {
    int number = versions.size() + 1;
    @Nullable Integer parent = number == 1 ? null : (Integer) (number - 1);
    var manifest =
        new Manifest(
            MODEL,
            number,
            parent,
            number,
            number * 100L,
            Instant.EPOCH.plusSeconds(number),
            List.of(),
            Map.of(),
            "",
            List.of(),
            "",
            Map.of("periods", Map.of(period, 100)),
            Manifest.FORMAT);
    var version = new VersionInfo(manifest, List.of(), false, "c" + number, "", "", "");
    versions.add(version);
    return version;
  }

  /** Versions in the order in which they were fetched. */
  List<Integer> fetched() {
    return fetched;
  }

  @Override
  public List<String> models() {
    return List.of(MODEL);
  }

  @Override
  public List<VersionInfo> of(String model) {
    return List.copyOf(versions);
  }

  @Override
  public Path fetch(VersionInfo version) {
    fetched.add(version.version());
    boolean broken = version.manifest().details().toString().contains(BROKEN);
    return Path.of(broken ? BROKEN : version.manifest().label());
  }

  @Override
  public Optional<Integer> alias(String model, String alias) {
    return main.isEmpty() ? Optional.empty() : Optional.of(main.get(main.size() - 1));
  }

  @Override
  public int before(String model, String alias, int version) {
    int at = main.lastIndexOf(version);
    return at < 1 ? 0 : main.get(at - 1);
  }

  @Override
  public boolean move(String model, String alias, int version, int expected, String reason) {
    if (alias(model, alias).orElse(0) != expected) {
      return false;
    }
    main.add(version);
    return true;
  }

  /** Where main pointed to, one after the other. */
  List<Integer> moves() {
    return List.copyOf(main);
  }

  @Override
  public String store(byte[] bytes) {
    String sha256 = Sha256.hex(bytes);
    blobs.put(sha256, bytes);
    return sha256;
  }

  @Override
  public byte[] load(String sha256) {
    return blobs.get(sha256);
  }
}
