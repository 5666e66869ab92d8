package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.AtomicFile;
import org.jspecify.annotations.Nullable;

/**
 * The pictures of evaluation sets, which must never enter training. The file begins with the line
 * {@code #everclip-hashes 1 VERSION}, where VERSION is the digest of all that follows; then comes a
 * line for each picture, sorted: 16 hex digits of the perceptual hash, the 768 bytes of the
 * thumbnail in base64, and a name, separated by tabs. Immutable.
 */
public final class EvaluationHashes {

  private static final String HEAD = "#everclip-hashes 1 ";
  private static final int VERSION_CHARS = 16;
  private static final int THUMBNAIL_BYTES = 768;

  private final Map<Integer, List<Entry>> quarters = new HashMap<>();
  private final String version;
  private final int size;

  /**
   * One picture.
   *
   * @param thumbnail not copied, do not modify
   * @param name for people: where it lies
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Entry(long hash, byte[] thumbnail, String name) {

    private String line() {
      return HexFormat.of().toHexDigits(hash)
          + "\t"
          + Base64.getEncoder().encodeToString(thumbnail)
          + "\t"
          + name.replaceAll("\\p{Cntrl}", " ");
    }
  }

  private EvaluationHashes(String version, Collection<Entry> entries) {
    this.version = version;
    this.size = entries.size();
    for (Entry entry : entries) {
      for (int band = 0; band < Likeness.BANDS; band++) {
        quarters.computeIfAbsent(key(entry.hash, band), key -> new ArrayList<>()).add(entry);
      }
    }
  }

  /** No evaluation pictures are known: nothing matches. */
  public static EvaluationHashes none() {
    return new EvaluationHashes("none", List.of());
  }

  /** The file that the settings name, or nothing. */
  public static EvaluationHashes load(EverclipConfig config) throws IOException {
    String file = config.gate().evaluationHashes();
    return file.isEmpty() ? none() : load(config.inProgram(file));
  }

  /** Reads a file and checks its version. */
  public static EvaluationHashes load(Path file) throws IOException {
    String text = Files.readString(file, UTF_8);
    int end = text.indexOf('\n');
    if (!text.startsWith(HEAD) || end < 0) {
      throw new IOException(
          file
              + " does not begin with '"
              + HEAD
              + "VERSION'; write it with `everclip hashes DIR... --out FILE`"
              + " (gate.evaluationHashes)");
    }
    String version = text.substring(HEAD.length(), end).trim();
    String body = text.substring(end + 1);
    if (!version(body).equals(version)) {
      throw new IOException(
          "%s says version %s but its lines are %s: it is cut off or was edited; write it again with `everclip hashes`"
              .formatted(file, version, version(body)));
    }
    var entries = new ArrayList<Entry>();
    int number = 1;
    for (String line : body.lines().toList()) {
      entries.add(parse(line, file + " line " + ++number));
    }
    return new EvaluationHashes(version, entries);
  }

  /** Writes a file, whole or not at all; returns its version, the same for the same pictures. */
  public static String write(Path file, Collection<Entry> entries) throws IOException {
    var lines = new TreeSet<String>();
    entries.forEach(entry -> lines.add(entry.line()));
    var body = new StringBuilder();
    lines.forEach(line -> body.append(line).append('\n'));
    String version = version(body.toString());
    Path target = file.toAbsolutePath();
    Path aside = AtomicFile.aside(target);
    Files.writeString(aside, HEAD + version + "\n" + body, UTF_8);
    AtomicFile.publish(aside, target);
    return version;
  }

  private static String version(String body) {
    return Sha256.hex(body.getBytes(UTF_8)).substring(0, VERSION_CHARS);
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

  /** Which pictures these are; "none" where there is no file. */
  public String version() {
    return version;
  }

  public int size() {
    return size;
  }

  /** The name of a picture that looks the same, or null. */
  @Nullable String match(long hash, byte[] thumbnail, Likeness likeness) {
    for (int band = 0; band < Likeness.BANDS; band++) {
      for (Entry entry : quarters.getOrDefault(key(hash, band), List.of())) {
        if (likeness.suspects(hash, entry.hash) && likeness.confirms(thumbnail, entry.thumbnail)) {
          return entry.name;
        }
      }
    }
    return null;
  }

  private static int key(long hash, int band) {
    return band << 16 | Likeness.quarter(hash, band);
  }
}
