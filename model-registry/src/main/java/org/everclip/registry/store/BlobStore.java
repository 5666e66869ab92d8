package org.everclip.registry.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.RegistryNames;

/**
 * Immutable files addressed by their SHA-256, below {@code blobs/sha256/ab/}. A blob is written
 * aside, checked, forced to disk and renamed: what can be seen is whole, at every moment and after
 * every crash. The digest is the only name, so no caller can name a path. Thread-safe.
 */
public final class BlobStore {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final Duration PATIENCE = Duration.ofDays(2);

  private final Path blobs;
  private final Path staging;
  private final long maxBytes;
  private final FileOps files;
  private final PartialUploads uploads;

  private BlobStore(Path root, long maxBytes, FileOps files) {
    this.blobs = root.resolve("blobs").resolve("sha256");
    this.staging = root.resolve("staging");
    this.maxBytes = maxBytes;
    this.files = files;
    this.uploads = new PartialUploads(this, staging, maxBytes, files);
  }

  /** Opens the store and removes what interrupted uploads have left, unless they may go on. */
  public static BlobStore open(Path root, long maxBytes, FileOps files) throws IOException {
    var store = new BlobStore(root, maxBytes, files);
    Files.createDirectories(store.blobs);
    Files.createDirectories(store.staging);
    try (Stream<Path> stale = Files.list(store.staging)) {
      for (Path file : (Iterable<Path>) stale::iterator) {
        if (!mayGoOn(file)) {
          Files.delete(file);
        }
      }
    }
    return store;
  }

  private static boolean mayGoOn(Path file) throws IOException {
    return String.valueOf(file.getFileName()).startsWith(PartialUploads.PREFIX)
        && Files.getLastModifiedTime(file).toInstant().isAfter(Instant.now().minus(PATIENCE));
  }

  /** Uploads in parts. */
  public PartialUploads uploads() {
    return uploads;
  }

  /** The blob's file, if the blob is there. */
  public Optional<Path> find(String sha256) {
    if (!RegistryNames.isSha256(sha256)) {
      return Optional.empty();
    }
    Path file = place(sha256);
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /**
   * Stores what the stream holds.
   *
   * @throws BlobRefused when the bytes have another digest or are too many
   */
  public void put(String sha256, InputStream bytes) throws IOException {
    if (!RegistryNames.isSha256(sha256)) {
      throw new BlobRefused(
          BlobRefused.Cause.WRONG_DIGEST, "expected 64 lower-case hex digits as the blob's name");
    }
    if (find(sha256).isPresent()) {
      touch(sha256);
      return;
    }
    Path aside = staging.resolve(UUID.randomUUID().toString());
    try {
      String found = write(aside, bytes);
      if (!found.equals(sha256)) {
        throw new BlobRefused(
            BlobRefused.Cause.WRONG_DIGEST,
            "the bytes have sha256 " + found + ", not " + sha256 + "; upload them again");
      }
      files.force(aside);
      publish(aside, place(sha256));
    } finally {
      files.delete(aside);
    }
  }

  /** Stores bytes of our own; returns their digest. */
  public String put(byte[] bytes) throws IOException {
    String sha256 = Sha256.hex(bytes);
    put(sha256, new java.io.ByteArrayInputStream(bytes));
    return sha256;
  }

  /** All digests, in order. */
  public List<String> list() throws IOException {
    try (Stream<Path> walk = Files.walk(blobs, 2)) {
      return walk.filter(Files::isRegularFile)
          .map(file -> String.valueOf(file.getFileName()))
          .sorted()
          .toList();
    }
  }

  /** When the blob came, or was last asked for by someone who wants to use it. */
  public Instant touched(String sha256) throws IOException {
    return Files.getLastModifiedTime(place(sha256)).toInstant();
  }

  /** Notes that someone is about to use the blob. */
  public void touch(String sha256) throws IOException {
    Optional<Path> blob = find(sha256);
    if (blob.isPresent()) {
      Files.setLastModifiedTime(blob.get(), FileTime.from(Instant.now()));
    }
  }

  /** Removes a blob that nothing refers to; returns its size, 0 when it was gone. */
  public long remove(String sha256) throws IOException {
    Optional<Path> blob = find(sha256);
    if (blob.isEmpty()) {
      return 0;
    }
    long size = Files.size(blob.get());
    files.delete(blob.get());
    return size;
  }

  /** Makes a checked and forced file the blob. */
  void adopt(Path aside, String sha256) throws IOException {
    publish(aside, place(sha256));
  }

  private Path place(String sha256) {
    return blobs.resolve(sha256.substring(0, 2)).resolve(sha256);
  }

  private void publish(Path aside, Path place) throws IOException {
    Path folder = blobs.resolve(String.valueOf(place.getFileName()).substring(0, 2));
    Files.createDirectories(folder);
    files.force(blobs);
    files.rename(aside, place);
    files.force(folder);
  }

  private String write(Path aside, InputStream bytes) throws IOException {
    MessageDigest digest = Sha256.digest();
    long total = 0;
    byte[] buffer = new byte[BUFFER_BYTES];
    try (OutputStream out = files.create(aside)) {
      for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
        total += n;
        if (total > maxBytes) {
          throw new BlobRefused(
              BlobRefused.Cause.TOO_LARGE, "a blob may have at most " + maxBytes + " bytes");
        }
        digest.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
