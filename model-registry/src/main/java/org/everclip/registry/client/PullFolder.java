package org.everclip.registry.client;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionDirectory;
import org.everclip.contracts.registry.VersionInfo;

/**
 * Where versions are pulled to: {@code DIR/v12/} with the files, and {@code DIR/current}, a
 * symbolic link that is replaced by one rename. A reader of {@code current} always sees one whole
 * version.
 */
public final class PullFolder {

  private final Path folder;

  public PullFolder(Path folder) {
    this.folder = folder.toAbsolutePath().normalize();
  }

  /** Fetches the version unless it is there, then lets {@code current} point to it. */
  public Path pull(RegistryClient registry, VersionInfo version) throws IOException {
    String label = version.manifest().label();
    Path directory = folder.resolve(label);
    registry.fetchTo(version, directory);
    Path current = folder.resolve("current");
    Path link = folder.resolve(".current." + ProcessHandle.current().pid());
    Files.deleteIfExists(link);
    Files.createSymbolicLink(link, Path.of(label));
    Files.move(link, current, ATOMIC_MOVE, REPLACE_EXISTING);
    return directory;
  }

  /** The version that {@code current} points to. */
  public Optional<String> current() throws IOException {
    Path current = folder.resolve("current");
    return Files.isSymbolicLink(current)
        ? Optional.of(String.valueOf(Files.readSymbolicLink(current)))
        : Optional.empty();
  }

  /**
   * Checks everything without the registry: every file's digest, signatures, and the chain where
   * neighbouring versions are here. Also takes the folder of a single version.
   *
   * @return findings in words; empty when all is well
   */
  public List<String> verify() throws IOException {
    var findings = new ArrayList<String>();
    List<Path> versions = versions();
    if (versions.isEmpty()) {
      findings.add("there is no pulled version in " + folder);
    }
    SignedManifest previous = null;
    for (Path directory : versions) {
      SignedManifest manifest;
      try {
        var version = new VersionDirectory(directory);
        manifest = version.manifest();
        version.verify().forEach(found -> findings.add(directory.getFileName() + ": " + found));
      } catch (IllegalArgumentException e) {
        findings.add(directory.getFileName() + ": the manifest cannot be read");
        previous = null;
        continue;
      }
      if (previous != null) {
        findings.addAll(chain(previous, manifest));
      }
      previous = manifest;
    }
    return findings;
  }

  /** What does not fit between a version and its successor. */
  static List<String> chain(SignedManifest previous, SignedManifest next) {
    var findings = new ArrayList<String>();
    int version = next.manifest().version();
    if (version == previous.manifest().version() + 1
        && !next.manifest().previousDigest().equals(previous.digest())) {
      findings.add("v" + version + ": does not follow the v" + (version - 1) + " that is here");
    }
    if (!next.publicKey().equals(previous.publicKey())) {
      findings.add("v" + version + ": is signed with another key than the version before");
    }
    return findings;
  }

  /** Is there any pulled version? */
  boolean holdsVersions() throws IOException {
    return !versions().isEmpty();
  }

  private List<Path> versions() throws IOException {
    if (Files.exists(folder.resolve(RegistryNames.MANIFEST_FILE))) {
      return List.of(folder);
    }
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> list = Files.list(folder)) {
      return list.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
          .filter(path -> RegistryNames.isVersion(name(path)))
          .sorted(java.util.Comparator.comparingInt(path -> RegistryNames.version(name(path))))
          .toList();
    }
  }

  private static String name(Path path) {
    return Objects.requireNonNull(path.getFileName()).toString();
  }
}
