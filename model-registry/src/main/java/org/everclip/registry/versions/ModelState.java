package org.everclip.registry.versions;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;

/**
 * All that is known of a model at one moment of the log. Immutable, so that a reader who holds one
 * sees versions and aliases that belong together.
 *
 * @param versions number n at index n-1
 * @param moves of all aliases, oldest first
 */
public record ModelState(
    String name,
    List<Published> versions,
    SortedMap<String, Integer> aliases,
    List<AliasMove> moves,
    Set<Integer> retired) {

  private static final String LATEST = "latest";

  /** A published version with its manifest read. */
  public record Published(SignedManifest signed, Manifest manifest, String digest) {}

  static ModelState empty(String name) {
    return new ModelState(name, List.of(), new TreeMap<>(), List.of(), Set.of());
  }

  ModelState with(Published published) {
    var more = new ArrayList<>(versions);
    more.add(published);
    return new ModelState(name, more, aliases, moves, retired);
  }

  ModelState with(AliasMove move) {
    var moved = new TreeMap<>(aliases);
    moved.put(move.alias(), move.version());
    var more = new ArrayList<>(moves);
    more.add(move);
    return new ModelState(name, versions, moved, more, retired);
  }

  ModelState withRetired(int version) {
    var more = new HashSet<>(retired);
    more.add(version);
    return new ModelState(name, versions, aliases, moves, more);
  }

  boolean has(int version) {
    return version >= 1 && version <= versions.size();
  }

  /** The manifest digest that the next version must name as its predecessor. */
  String headDigest() {
    return versions.isEmpty() ? "" : versions.get(versions.size() - 1).digest();
  }

  /** The newest version that is not retired. */
  public Optional<Integer> latest() {
    for (int version = versions.size(); version >= 1; version--) {
      if (!retired.contains(version)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** The number that {@code v12}, {@code 12}, {@code latest}, an alias or a commit stands for. */
  public Optional<Integer> resolve(String ref) {
    if (ref.equals(LATEST)) {
      return latest();
    }
    Integer aliased = aliases.get(ref);
    if (aliased != null) {
      return Optional.of(aliased);
    }
    if (RegistryNames.isCommit(ref)) {
      return versions.stream()
          .filter(version -> version.digest().startsWith(ref))
          .map(version -> version.manifest().version())
          .findFirst();
    }
    return RegistryNames.isVersion(ref) && has(RegistryNames.version(ref))
        ? Optional.of(RegistryNames.version(ref))
        : Optional.empty();
  }

  /** A version as clients see it. */
  public VersionInfo info(int version) {
    Published published = versions.get(version - 1);
    var names = new ArrayList<String>();
    aliases.forEach(
        (alias, target) -> {
          if (target == version) {
            names.add(alias);
          }
        });
    if (latest().filter(latest -> latest == version).isPresent()) {
      names.add(LATEST);
    }
    return VersionInfo.of(published.signed(), names, retired.contains(version));
  }

  /** How one alias moved. */
  public List<AliasMove> history(String alias) {
    return moves.stream().filter(move -> move.alias().equals(alias)).toList();
  }
}
