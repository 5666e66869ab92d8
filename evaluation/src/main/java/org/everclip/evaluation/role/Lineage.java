package org.everclip.evaluation.role;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.everclip.contracts.Periods;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.VersionInfo;

/** What a model's versions were trained on, by their manifests. */
final class Lineage {

  private final Map<Integer, VersionInfo> versions = new HashMap<>();

  Lineage(List<VersionInfo> all) {
    all.forEach(version -> versions.put(version.version(), version));
  }

  Optional<VersionInfo> version(int number) {
    return Optional.ofNullable(versions.get(number));
  }

  Optional<VersionInfo> parent(VersionInfo version) {
    return Optional.ofNullable(version.manifest().parent()).flatMap(this::version);
  }

  /** The newest period that a version or one it descends from was trained on. */
  Optional<String> newest(VersionInfo version) {
    var periods = new TreeSet<String>(Periods.BY_TIME);
    for (Optional<VersionInfo> at = Optional.of(version); at.isPresent(); at = ancestor(at.get())) {
      Manifest manifest = at.get().manifest();
      if (manifest.details().get("periods") instanceof Map<?, ?> trained) {
        trained.keySet().forEach(period -> periods.add(String.valueOf(period)));
      }
    }
    return periods.isEmpty() ? Optional.empty() : Optional.of(periods.last());
  }

  /** The parent, if it is older: a manifest cannot send us in circles. */
  private Optional<VersionInfo> ancestor(VersionInfo version) {
    return parent(version).filter(parent -> parent.version() < version.version());
  }
}
