package org.everclip.formats.numpy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.everclip.formats.archive.ArchiveException;
import org.everclip.formats.archive.ByteSource;
import org.everclip.formats.archive.ZipDirectory;
import org.everclip.formats.archive.ZipMember;
import org.everclip.formats.weights.DenseArray;

/** Named arrays in one compressed file, as numpy's {@code savez_compressed} writes them. */
public final class Npz {
  private static final String SUFFIX = ".npy";
  private static final int MAX_ARRAYS = 1000;

  /** The first moment of the format would be written with the machine's time zone. */
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(1980, 1, 2, 0, 0);

  private Npz() {}

  /**
   * Reads all arrays, in the order of the file.
   *
   * @param limit the most bytes that all of them may have
   * @throws ArchiveException when it is no such file or unpacks to more
   */
  public static Map<String, DenseArray> read(byte[] npz, int limit) throws IOException {
    ZipDirectory zip = ZipDirectory.read(ByteSource.of(npz));
    if (zip.members().size() > MAX_ARRAYS) {
      throw new ArchiveException(
          "it has " + zip.members().size() + " arrays, the most is " + MAX_ARRAYS);
    }
    Map<String, DenseArray> arrays = new LinkedHashMap<>();
    int left = limit;
    for (ZipMember member : zip.members().values()) {
      if (!member.name().endsWith(SUFFIX)) {
        throw new ArchiveException("expected arrays (.npy), got member '" + member.name() + "'");
      }
      byte[] npy = zip.bytes(member, left);
      left -= npy.length;
      String name = member.name().substring(0, member.name().length() - SUFFIX.length());
      arrays.put(name, Npy.read(npy));
    }
    return arrays;
  }

  /** The same arrays give the same bytes. */
  public static byte[] write(Map<String, DenseArray> arrays) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Map.Entry<String, DenseArray> array : arrays.entrySet()) {
        ZipEntry entry = new ZipEntry(array.getKey() + SUFFIX);
        entry.setTimeLocal(ANY_TIME);
        zip.putNextEntry(entry);
        zip.write(Npy.write(array.getValue()));
        zip.closeEntry();
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException("memory cannot fail", impossible);
    }
    return out.toByteArray();
  }
}
