package org.everclip.registry.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.RegistryNames;

/**
 * Uploads that go on where they were cut, also after a restart. An upload is named by the digest
 * that its bytes shall have; it becomes a blob when it has all of them. Thread-safe; one writer for
 * each digest at a time.
 */
public final class PartialUploads {

  static final String PREFIX = "partial-";

  private static final int BUFFER_BYTES = 1 << 16;

  private final BlobStore blobs;
  private final Path staging;
  private final long maxBytes;
  private final FileOps files;
  private final Set<String> busy = ConcurrentHashMap.newKeySet();

  PartialUploads(BlobStore blobs, Path staging, long maxBytes, FileOps files) {
    this.blobs = blobs;
    this.staging = staging;
    this.maxBytes = maxBytes;
    this.files = files;
  }

  /** How many bytes of it are here; all of them if it is a blob. */
  public long offset(String sha256) throws IOException {
    Path blob = blobs.find(sha256).orElse(null);
    if (blob != null) {
      return Files.size(blob);
    }
    Path part = part(sha256);
    return Files.exists(part) ? Files.size(part) : 0;
  }

  /**
   * Adds bytes behind those that are here. What arrived before the stream broke is kept.
   *
   * @param offset where the caller thinks that it is
   * @param length of the whole
   * @return the new offset
   * @throws BlobRefused when the offset is another one, or the whole has another digest
   */
  public long append(String sha256, long offset, long length, InputStream bytes)
      throws IOException {
    if (length < 0 || length > maxBytes) {
      throw new BlobRefused(
          BlobRefused.Cause.TOO_LARGE, "a blob may have at most " + maxBytes + " bytes");
    }
    Path part = part(sha256);
    if (!busy.add(sha256)) {
      throw elsewhere("someone else is uploading these bytes; ask for the offset again");
    }
    try {
      long have = offset(sha256);
      if (have != offset) {
        throw elsewhere("the upload is at offset " + have + ", not " + offset);
      }
      if (blobs.find(sha256).isPresent()) {
        return have;
      }
      have = copy(part, have, length, bytes);
      if (have == length) {
        finish(sha256, part);
      }
      return have;
    } finally {
      busy.remove(sha256);
    }
  }

  /** Forgets an upload. */
  public void drop(String sha256) throws IOException {
    files.delete(part(sha256));
  }

  private long copy(Path part, long have, long length, InputStream bytes) throws IOException {
    long total = have;
    byte[] buffer = new byte[BUFFER_BYTES];
    try (OutputStream out = files.append(part)) {
      for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
        if (total + n > length) {
          throw new BlobRefused(
              BlobRefused.Cause.TOO_LARGE, "more bytes than the " + length + " announced");
        }
        out.write(buffer, 0, n);
        total += n;
      }
    }
    return total;
  }

  private void finish(String sha256, Path part) throws IOException {
    String found = Sha256.hex(part);
    if (!found.equals(sha256)) {
      files.delete(part);
      throw new BlobRefused(
          BlobRefused.Cause.WRONG_DIGEST,
          "the bytes have sha256 " + found + ", not " + sha256 + "; upload them again");
    }
    files.force(part);
    blobs.adopt(part, sha256);
  }

  private Path part(String sha256) throws BlobRefused {
    if (!RegistryNames.isSha256(sha256)) {
      throw new BlobRefused(
          BlobRefused.Cause.WRONG_DIGEST, "expected 64 lower-case hex digits as the blob's name");
    }
    return staging.resolve(PREFIX + sha256);
  }

  private static BlobRefused elsewhere(String why) {
    return new BlobRefused(BlobRefused.Cause.OTHER_OFFSET, why);
  }
}
