package org.everclip.contracts.registry;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a version is, for ever: its files by digest and where it came from. Signed as canonical JSON
 * ({@link CanonicalJson}); {@code previousDigest} chains the versions of a model.
 *
 * @param version 1, 2, 3 … in the order of the log, never reused
 * @param parent version that training went on from; null for a start from scratch
 * @param steps optimizer steps since the start
 * @param dataCursor end of the data trained on: {@code topic/partition} to the next offset
 * @param licences of teachers, captioner and sources
 * @param previousDigest SHA-256 of the previous version's manifest; empty for version 1
 * @param details what else the publisher wants to keep, e.g. architecture, exclusions, parity
 * @param formatVersion of the manifest and the files' layout
 */
public record Manifest(
    String model,
    int version,
    @Nullable Integer parent,
    int round,
    long steps,
    Instant created,
    List<FileEntry> files,
    Map<String, Long> dataCursor,
    String reinforcementVersion,
    List<String> licences,
    String previousDigest,
    Map<String, Object> details,
    String formatVersion) {

  /** The layout that this program writes. */
  public static final String FORMAT = "1";

  public Manifest {
    if (!RegistryNames.isName(model)) {
      throw new IllegalArgumentException(
          "a model's name is [a-z0-9][a-z0-9._-]{0,62}, but got '" + model + "'");
    }
    if (version < 1) {
      throw new IllegalArgumentException("versions start at 1, but got " + version);
    }
    files = List.copyOf(files);
    dataCursor = Map.copyOf(dataCursor);
    licences = List.copyOf(licences);
    details = java.util.Collections.unmodifiableMap(new TreeMap<>(details));
    if (files.stream().map(FileEntry::path).distinct().count() != files.size()) {
      throw new IllegalArgumentException("a path is listed twice");
    }
  }

  /** The entry of a path. */
  public Optional<FileEntry> file(String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  /** {@code v12}. */
  public String label() {
    return "v" + version;
  }
}
