package org.everclip.contracts.registry;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;

/**
 * A version's files in a folder, with {@code everclip-manifest.json} beside them. The folder
 * appears by one rename when everything in it has been checked; one process at a time fills it.
 */
public final class VersionDirectory {

  private final Path directory;

  public VersionDirectory(Path directory) {
    this.directory = directory.toAbsolutePath().normalize();
  }

  /** The files of a directory that is to be published, sorted by path. */
  public static List<FileEntry> entries(Path directory) {
    try (Stream<Path> walk = Files.walk(directory)) {
      var files = new ArrayList<FileEntry>();
      for (Path file : (Iterable<Path>) walk.sorted()::iterator) {
        String path = directory.relativize(file).toString().replace('\\', '/');
        if (path.equals(RegistryNames.MANIFEST_FILE)
            || Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          continue;
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
          throw new IllegalArgumentException(
              file + " is neither a file nor a folder; links cannot be published");
        }
        files.add(new FileEntry(path, Sha256.hex(file), Files.size(file)));
      }
      return files;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + directory, e);
    }
  }

  /** The manifest that lies in the folder. */
  public SignedManifest manifest() {
    try {
      return SignedManifest.parse(Files.readString(directory.resolve(RegistryNames.MANIFEST_FILE)));
    } catch (IOException e) {
      throw new UncheckedIOException(directory + " is not a pulled version", e);
    }
  }

  /** What is wrong with the folder, in words: signature, digests, missing and extra files. */
  public List<String> verify() {
    var findings = new ArrayList<String>();
    SignedManifest signed = manifest();
    if (!signed.isAuthentic()) {
      findings.add("the manifest's signature does not fit");
    }
    List<FileEntry> listed = signed.manifest().files();
    List<FileEntry> found = entries(directory);
    for (FileEntry file : listed) {
      if (!found.contains(file)) {
        findings.add(file.path() + " is missing or its bytes are not those that were published");
      }
    }
    List<String> known = listed.stream().map(FileEntry::path).toList();
    for (FileEntry file : found) {
      if (!known.contains(file.path())) {
        findings.add(file.path() + " is not part of the version");
      }
    }
    return findings;
  }

  void fill(SignedManifest manifest, Consumer<Path> files) {
    if (isThere(manifest)) {
      return;
    }
    Path parent = Objects.requireNonNull(directory.getParent(), "a folder below the root");
    Path staging = parent.resolve("." + directory.getFileName() + "." + manifest.commit());
    try {
      Files.createDirectories(parent);
      Path lockFile = parent.resolve("." + directory.getFileName() + ".lock");
      try (FileChannel channel =
              FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!lock.isValid() || isThere(manifest)) {
          return;
        }
        Files.createDirectories(staging);
        files.accept(staging);
        Files.writeString(staging.resolve(RegistryNames.MANIFEST_FILE), manifest.json());
        Files.move(staging, directory, ATOMIC_MOVE);
      }
    } catch (OverlappingFileLockException e) {
      throw new IllegalStateException("another thread is filling " + directory, e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot fill " + directory, e);
    }
  }

  private boolean isThere(SignedManifest manifest) {
    if (!Files.exists(directory.resolve(RegistryNames.MANIFEST_FILE))) {
      return false;
    }
    if (!manifest().commit().equals(manifest.commit())) {
      throw new IllegalStateException(
          directory + " holds another version; choose an empty place or remove it");
    }
    return true;
  }
}
