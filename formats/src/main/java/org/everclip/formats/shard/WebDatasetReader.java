package org.everclip.formats.shard;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the samples of one shard in order. Nothing is written anywhere, links and devices are
 * passed over, sizes and counts are bounded; what was passed over is listed in {@link #skipped()}.
 * A damaged shard gives its whole samples, then a {@link ShardException} (wrapped in {@link
 * UncheckedIOException} by the iterator). Iterates once; for one thread.
 */
@SuppressWarnings("IterableAndIterator")
public final class WebDatasetReader
    implements AutoCloseable, Iterable<ShardSample>, Iterator<ShardSample> {
  /** The largest member that is read. */
  public static final long MAX_MEMBER_BYTES = 64L << 20;

  private static final long MAX_SAMPLE_BYTES = 256L << 20;
  private static final int MAX_MEMBERS_PER_SAMPLE = 64;
  private static final int MAX_MEMBERS = 10_000_000;
  private static final int MAX_SKIPPED_NOTES = 1000;

  private final Path path;
  private final long fileBytes;
  private final TarArchiveInputStream tar;
  private final List<String> skipped = new ArrayList<>();
  private @Nullable Member pending;
  private @Nullable ShardSample next;
  private boolean ended;
  private int members;

  public WebDatasetReader(Path path) throws IOException {
    this.path = path;
    this.fileBytes = Files.size(path);
    if (fileBytes == 0) {
      throw new ShardException(path + " is empty; expected a tar file");
    }
    InputStream file = new BufferedInputStream(Files.newInputStream(path), 1 << 16);
    try {
      file.mark(2);
      if (file.read() == 0x1f && file.read() == 0x8b) {
        throw new ShardException(path + " is compressed with gzip; expected a plain tar file");
      }
      file.reset();
      this.tar = new TarArchiveInputStream(file, "UTF-8");
    } catch (IOException failure) {
      file.close();
      throw failure;
    }
  }

  /** Expands {@code {00000..00031}}, {@code {a,b}} and globs to the existing files, sorted. */
  public static List<Path> expand(String globOrBraces) throws IOException {
    return ShardPattern.expand(globOrBraces);
  }

  /** What was passed over and why, at most a thousand lines. */
  public List<String> skipped() {
    return List.copyOf(skipped);
  }

  @Override
  public Iterator<ShardSample> iterator() {
    return this;
  }

  @Override
  public boolean hasNext() {
    if (next == null && !ended) {
      try {
        next = readSample();
      } catch (IOException broken) {
        ended = true;
        throw new UncheckedIOException(broken);
      }
    }
    return next != null;
  }

  @Override
  public ShardSample next() {
    if (!hasNext() || next == null) {
      throw new NoSuchElementException("no more samples in " + path);
    }
    ShardSample sample = next;
    next = null;
    return sample;
  }

  private @Nullable ShardSample readSample() throws IOException {
    Member member = pending == null ? readMember() : pending;
    pending = null;
    if (member == null) {
      ended = true;
      return null;
    }
    String key = member.name.key;
    Map<String, byte[]> contents = new LinkedHashMap<>();
    long bytes = 0;
    while (member != null
        && member.name.key.equals(key)
        && !contents.containsKey(member.name.extension)) {
      contents.put(member.name.extension, member.content);
      bytes += member.content.length;
      if (bytes > MAX_SAMPLE_BYTES || contents.size() > MAX_MEMBERS_PER_SAMPLE) {
        throw new ShardException(
            path
                + ": sample "
                + key
                + " is larger than "
                + MAX_SAMPLE_BYTES
                + " bytes or "
                + MAX_MEMBERS_PER_SAMPLE
                + " members");
      }
      member = readMember();
    }
    pending = member;
    return new ShardSample(key, contents);
  }

  /** Reads the next usable member; null at the end. */
  private @Nullable Member readMember() throws IOException {
    try {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (++members > MAX_MEMBERS) {
          throw new ShardException(path + " has more than " + MAX_MEMBERS + " members");
        }
        if (!entry.isCheckSumOK()) {
          throw new ShardException(path + ": wrong header checksum in member " + members);
        }
        MemberName name = usable(entry);
        if (name != null) {
          byte[] content = tar.readNBytes((int) entry.getSize());
          if (content.length != entry.getSize()) {
            throw new ShardException(path + " is cut off in member " + entry.getName());
          }
          return new Member(name, content);
        }
      }
      return null;
    } catch (ShardException own) {
      throw own;
    } catch (IOException | RuntimeException broken) {
      throw new ShardException(
          path + " is damaged or cut off at member " + (members + 1) + ": " + broken.getMessage(),
          broken);
    }
  }

  private @Nullable MemberName usable(TarArchiveEntry entry) throws ShardException {
    if (entry.isDirectory() || entry.isGlobalPaxHeader()) {
      return null;
    }
    if (!entry.isFile() || entry.isLink() || entry.isSymbolicLink() || entry.isSparse()) {
      return skip(entry, "is no plain file");
    }
    if (entry.getSize() > fileBytes) {
      throw new ShardException(
          path
              + ": member "
              + entry.getName()
              + " claims "
              + entry.getSize()
              + " bytes, the file has "
              + fileBytes);
    }
    if (entry.getSize() > MAX_MEMBER_BYTES) {
      return skip(entry, "is larger than " + MAX_MEMBER_BYTES + " bytes");
    }
    MemberName name = MemberName.parse(entry.getName());
    return name == null ? skip(entry, "is no safe name of the form key.extension") : name;
  }

  private @Nullable MemberName skip(TarArchiveEntry entry, String why) {
    if (skipped.size() < MAX_SKIPPED_NOTES) {
      skipped.add(entry.getName() + " " + why);
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Member(MemberName name, byte[] content) {}

  private record MemberName(String key, String extension) {
    static @Nullable MemberName parse(String raw) {
      String name = raw;
      while (name.startsWith("./")) {
        name = name.substring(2);
      }
      if (name.startsWith("/") || name.indexOf('\\') >= 0 || name.indexOf('\0') >= 0) {
        return null;
      }
      for (String part : name.split("/", -1)) {
        if (part.isEmpty() || part.equals(".") || part.equals("..")) {
          return null;
        }
      }
      int file = name.lastIndexOf('/') + 1;
      int dot = name.indexOf('.', file);
      if (dot <= file || dot == name.length() - 1) {
        return null;
      }
      return new MemberName(
          name.substring(0, dot), name.substring(dot + 1).toLowerCase(Locale.ROOT));
    }
  }
}
