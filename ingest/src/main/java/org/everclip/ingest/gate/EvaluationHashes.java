package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Thumbnail;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of evaluation sets, which must never enter training. The file has a line for each:
 * 16 hex digits of the perceptual hash, the 768 bytes of the thumbnail in base64, and a name,
 * separated by tabs; lines that begin with {@code #} are comments. Immutable.
 */
public final class EvaluationHashes {

  private static final int THUMBNAIL_BYTES = 768;
  private static final int BANDS = 4;

  private final Map<Integer, List<Entry>> bands;
  private final int maxDistance;
  private final double maxRms;

  @SuppressWarnings("ArrayRecordComponent")
  private record Entry(long hash, byte[] thumbnail, String name) {}

  private EvaluationHashes(Map<Integer, List<Entry>> bands, int maxDistance, double maxRms) {
    this.bands = bands;
    this.maxDistance = maxDistance;
    this.maxRms = maxRms;
  }

  /** No evaluation pictures are known: nothing matches. */
  public static EvaluationHashes none() {
    return new EvaluationHashes(Map.of(), 0, 0);
  }

  /**
   * Reads the file.
   *
   * @param maxDistance bits of the hash, at most 3
   * @param maxRms of the thumbnails, in levels
   */
  public static EvaluationHashes load(Path file, int maxDistance, double maxRms)
      throws IOException {
    var bands = new HashMap<Integer, List<Entry>>();
    int number = 0;
    for (String line : Files.readAllLines(file, UTF_8)) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Entry entry = parse(line, file + " line " + number);
      for (int band = 0; band < BANDS; band++) {
        bands.computeIfAbsent(band(entry.hash, band), key -> new ArrayList<>()).add(entry);
      }
    }
    return new EvaluationHashes(bands, maxDistance, maxRms);
  }

  private static Entry parse(String line, String where) throws IOException {
    String[] fields = line.split("\t", 3);
    try {
      long hash = Long.parseUnsignedLong(fields[0], 16);
      byte[] thumbnail = Base64.getDecoder().decode(fields[1]);
      if (fields[0].length() == 16 && thumbnail.length == THUMBNAIL_BYTES) {
        return new Entry(hash, thumbnail, fields.length > 2 ? fields[2] : "");
      }
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw new IOException(expected(where), e);
    }
    throw new IOException(expected(where));
  }

  private static String expected(String where) {
    return where
        + ": expected 16 hex digits, TAB, 768 bytes in base64, TAB, name (gate.evaluationHashes)";
  }

  /** The name of a picture that looks the same, or null. */
  @Nullable String match(long hash, byte[] thumbnail) {
    for (int band = 0; band < BANDS; band++) {
      for (Entry entry : bands.getOrDefault(band(hash, band), List.of())) {
        if (PerceptualHash.distance(hash, entry.hash) <= maxDistance
            && Thumbnail.rms(thumbnail, entry.thumbnail) < maxRms) {
          return entry.name;
        }
      }
    }
    return null;
  }

  private static int band(long hash, int band) {
    return band << 16 | (int) (hash >>> (16 * band) & 0xffff);
  }
}
