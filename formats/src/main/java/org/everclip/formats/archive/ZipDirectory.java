package org.everclip.formats.archive;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The members of a zip archive, Zip64 included, after the central directory and the local headers
 * agree and no two members share a byte. Only stored and deflated members exist; what is unpacked
 * is bounded by the caller. Thread-safe as its source.
 */
public final class ZipDirectory {
  private static final int MAX_MEMBERS = 200_000;
  private static final int MAX_DIRECTORY_BYTES = 64 << 20;
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR = 0x07064b50;
  private static final int LOCATOR_BYTES = 20;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_BYTES = 56;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int LARGE = 0xffffffff;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  private final ByteSource source;
  private final Map<String, ZipMember> members;

  private ZipDirectory(ByteSource source, Map<String, ZipMember> members) {
    this.source = source;
    this.members = Collections.unmodifiableMap(members);
  }

  public static boolean isZip(ByteSource source) throws IOException {
    return source.size() >= END_BYTES
        && (source.slice(0, 4).getInt() == LOCAL || source.slice(0, 4).getInt() == END);
  }

  /**
   * Reads the directory; the source stays open and is the caller's.
   *
   * @throws ArchiveException when it is not what the format asks for
   */
  public static ZipDirectory read(ByteSource source) throws IOException {
    long end = findEnd(source);
    ByteBuffer record = source.slice(end, END_BYTES);
    long count = record.getShort(10) & 0xffff;
    long bytes = record.getInt(12) & 0xffffffffL;
    long start = record.getInt(16) & 0xffffffffL;
    if (end >= LOCATOR_BYTES
        && source.slice(end - LOCATOR_BYTES, LOCATOR_BYTES).getInt() == LOCATOR) {
      long at = source.slice(end - LOCATOR_BYTES, LOCATOR_BYTES).getLong(8);
      ByteBuffer large = source.slice(at, END_64_BYTES);
      require(large.getInt() == END_64, "its Zip64 end record is not where it should be");
      count = large.getLong(32);
      bytes = large.getLong(40);
      start = large.getLong(48);
      end = at;
    }
    require(
        count >= 0 && count <= MAX_MEMBERS && bytes >= 0 && bytes <= MAX_DIRECTORY_BYTES,
        "it claims " + count + " members in a directory of " + bytes + " bytes");
    require(start >= 0 && start <= end - bytes, "its directory is not before its end record");
    ByteBuffer directory = source.slice(start, (int) bytes);
    List<Located> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      found.add(member(directory, source));
    }
    checkApart(found, start);
    Map<String, ZipMember> members = new LinkedHashMap<>();
    for (Located located : found) {
      require(
          members.put(located.member().name(), located.member()) == null,
          "two members are named '" + located.member().name() + "'");
    }
    return new ZipDirectory(source, members);
  }

  private static long findEnd(ByteSource source) throws IOException {
    int tail = (int) Math.min(source.size(), END_BYTES + 0xffff);
    ByteBuffer bytes = source.slice(source.size() - tail, tail);
    for (int at = tail - END_BYTES; at >= 0; at--) {
      if (bytes.getInt(at) == END && (bytes.getShort(at + 20) & 0xffff) == tail - at - END_BYTES) {
        return source.size() - tail + at;
      }
    }
    throw new ArchiveException("it has no zip directory at its end; it may be cut off");
  }

  /** A member and where its local header begins. */
  private record Located(long header, ZipMember member) {}

  private static Located member(ByteBuffer directory, ByteSource source) throws IOException {
    require(
        directory.remaining() >= CENTRAL_BYTES && directory.getInt(directory.position()) == CENTRAL,
        "its zip directory ends too early");
    ByteBuffer fixed = directory.slice().order(ByteOrder.LITTLE_ENDIAN);
    int nameLength = fixed.getShort(28) & 0xffff;
    int extraLength = fixed.getShort(30) & 0xffff;
    int length = CENTRAL_BYTES + nameLength + extraLength + (fixed.getShort(32) & 0xffff);
    require(length <= directory.remaining(), "its zip directory ends too early");
    byte[] nameBytes = new byte[nameLength];
    fixed.get(CENTRAL_BYTES, nameBytes);
    String name = new String(nameBytes, StandardCharsets.UTF_8);
    require((fixed.getShort(8) & 1) == 0, "member '" + name + "' is encrypted");
    int method = fixed.getShort(10);
    require(
        method == STORED || method == DEFLATED,
        "member '" + name + "' is packed by method " + method);
    var large =
        new Large(
            fixed.slice(CENTRAL_BYTES + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN));
    long size = large.orElse(fixed.getInt(24));
    long packed = large.orElse(fixed.getInt(20));
    long header = large.orElse(fixed.getInt(42));
    directory.position(directory.position() + length);
    require(
        method == DEFLATED || packed == size,
        "stored member '" + name + "' claims " + size + " bytes but has " + packed);
    ByteBuffer local = source.slice(header, LOCAL_BYTES);
    require(
        local.getInt() == LOCAL && (local.getShort(26) & 0xffff) == nameLength,
        "member '" + name + "' has no header of its own");
    byte[] localName = new byte[nameLength];
    source.slice(header + LOCAL_BYTES, nameLength).get(localName);
    require(
        java.util.Arrays.equals(localName, nameBytes),
        "member '" + name + "' has another name in its own header");
    long data = header + LOCAL_BYTES + nameLength + (local.getShort(28) & 0xffff);
    ByteSource.check(data, packed, source.size());
    return new Located(
        header, new ZipMember(name, method == STORED, fixed.getInt(16), data, packed, size));
  }

  /** The numbers that did not fit in 32 bits, in the order of the format. */
  private static final class Large {
    private ByteBuffer numbers = ByteBuffer.allocate(0);

    Large(ByteBuffer extra) throws ArchiveException {
      while (extra.remaining() >= 4) {
        int id = extra.getShort();
        int length = extra.getShort() & 0xffff;
        require(length <= extra.remaining(), "an extra field is longer than its member allows");
        if (id == 1) {
          numbers = extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        }
        extra.position(extra.position() + length);
      }
    }

    long orElse(int small) throws ArchiveException {
      if (small != LARGE) {
        return small & 0xffffffffL;
      }
      require(numbers.remaining() >= 8, "a Zip64 number is missing");
      long number = numbers.getLong();
      require(number >= 0, "a Zip64 number is negative");
      return number;
    }
  }

  private static void checkApart(List<Located> members, long end) throws ArchiveException {
    List<Located> sorted = new ArrayList<>(members);
    sorted.sort(Comparator.comparingLong(Located::header));
    for (int i = 0; i < sorted.size(); i++) {
      ZipMember member = sorted.get(i).member();
      long next = i + 1 < sorted.size() ? sorted.get(i + 1).header() : end;
      require(
          member.packed() <= next - member.offset(),
          "member '" + member.name() + "' overlaps what follows it");
    }
  }

  private static void require(boolean condition, String otherwise) throws ArchiveException {
    if (!condition) {
      throw new ArchiveException(otherwise);
    }
  }

  /** All members by name, in the order of the directory. */
  public Map<String, ZipMember> members() {
    return members;
  }

  /**
   * Returns the unpacked bytes, their checksum verified.
   *
   * @throws ArchiveException when they are damaged or more than {@code limit}
   */
  public byte[] bytes(ZipMember member, int limit) throws IOException {
    require(
        member.size() <= limit && member.packed() <= limit + 1024L,
        "member '" + member.name() + "' has " + member.size() + " bytes, the most is " + limit);
    byte[] packed = new byte[(int) member.packed()];
    source.slice(member.offset(), packed.length).get(packed);
    byte[] bytes = member.stored() ? packed : inflate(member, packed);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    require((int) crc.getValue() == member.crc(), "member '" + member.name() + "' is damaged");
    return bytes;
  }

  private static byte[] inflate(ZipMember member, byte[] packed) throws ArchiveException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(packed);
      byte[] bytes = new byte[(int) member.size()];
      int done = 0;
      for (int n = -1; n != 0 && done < bytes.length; done += n) {
        n = inflater.inflate(bytes, done, bytes.length - done);
      }
      boolean ended = inflater.finished() || inflater.inflate(new byte[1]) == 0;
      require(
          done == bytes.length && ended && inflater.finished(),
          "member '" + member.name() + "' does not unpack to the size it claims");
      return bytes;
    } catch (DataFormatException broken) {
      throw new ArchiveException("member '" + member.name() + "' is damaged", broken);
    } finally {
      inflater.end();
    }
  }
}
