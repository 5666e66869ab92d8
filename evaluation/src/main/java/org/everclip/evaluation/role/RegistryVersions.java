package org.everclip.evaluation.role;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;

/**
 * The registry over HTTP.
 *
 * @param cache folder of fetched versions
 */
record RegistryVersions(RegistryClient registry, Path cache) implements Versions {

  @Override
  public List<String> models() {
    return registry.models();
  }

  @Override
  public List<VersionInfo> of(String model) {
    return registry.versions(model);
  }

  @Override
  public Path fetch(VersionInfo version) {
    return registry.fetchAll(version, cache);
  }

  @Override
  public Optional<Integer> alias(String model, String alias) {
    return registry.version(model, alias).map(VersionInfo::version);
  }

  @Override
  public int before(String model, String alias, int version) {
    int before = 0;
    for (AliasMove move : registry.aliasHistory(model, alias)) {
      Integer previous = move.previous();
      if (move.version() == version) {
        before = previous == null ? 0 : previous;
      }
    }
    return before;
  }

  @Override
  public boolean move(String model, String alias, int version, int expected, String reason) {
    return registry.moveAlias(model, alias, version, expected, "promotion gate", reason);
  }

  @Override
  public String store(byte[] bytes) {
    return registry.putBlob(bytes);
  }

  @Override
  public byte[] load(String sha256) {
    return registry.getBlob(sha256);
  }
}
