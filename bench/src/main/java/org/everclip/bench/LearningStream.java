package org.everclip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.Decoding;
import org.everclip.clip.network.Precision;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * The demo's stream with what is stored for it, in the order in which it arrives: pictures and
 * captions as they come; the teachers' rows of the recipe's views, of weak views, of the real and
 * of the synthetic captions. Computed once, then read from a file.
 */
final class LearningStream {

  static final int VIEWS = 4;
  static final int WEAK_VIEWS = 1;
  static final int CAPTIONS = 5;

  /** In the order in which arms take them. */
  static final List<String> TEACHERS = List.of("teacher-vit", "teacher-conv");

  /** The recipe of {@code demo/reinforcement.yaml}. */
  static final AugmentationRecipe RECIPE =
      new AugmentationRecipe(0.6, 1.0, 0.75, 4 / 3.0, true, 1, 5, 0.5);

  /**
   * A pair.
   *
   * @param views by teacher, [view] unit rows
   * @param weakViews by teacher, [view] unit rows
   * @param synthetic by teacher, [caption] unit rows
   * @param real by teacher, a unit row
   */
  record Row(
      RgbImage square,
      String id,
      String caption,
      List<String> captions,
      List<float[][]> views,
      List<float[][]> weakViews,
      List<float[][]> synthetic,
      List<float[]> real) {

    Row(RgbImage square, String id, String caption, List<String> captions) {
      this(square, id, caption, captions, List.of(), List.of(), List.of(), List.of());
    }

    /** With one more teacher. */
    Row with(float[][] image, float[][] weak, float[][] written, float[] own) {
      return new Row(
          square,
          id,
          caption,
          captions,
          and(views, image),
          and(weakViews, weak),
          and(synthetic, written),
          and(real, own));
    }

    private static <T> List<T> and(List<T> list, T more) {
      return Stream.concat(list.stream(), Stream.of(more)).toList();
    }

    Augmentation view(int index) {
      return RECIPE.sample(
          square.width(), square.height(), 224, AugmentationRecipe.seeded(id, 1, index));
    }

    Augmentation weakView(int index, int size) {
      return AugmentationRecipe.weak()
          .sample(
              square.width(), square.height(), size, AugmentationRecipe.seeded(id + "w", 1, index));
    }
  }

  private static final int GROUP = 64;
  private static final Decoding DECODING =
      new Decoding(Decoding.Method.TOP_P, 0.9, 1, 0.7, 20, 5, 1);

  private final Path program;
  private final Path folder;

  /**
   * @param program its {@code demo/} has pairs and models
   * @param folder where captions and rows are kept; begin a new one after a change of the models
   */
  LearningStream(Path program, Path folder) {
    this.program = program;
    this.folder = folder;
  }

  /** The pairs alone, for arms without reinforcement. */
  List<Row> bare() throws IOException {
    var rows = new ArrayList<Row>();
    var decoder = new ImageDecoder(ImageLimits.defaults());
    for (Path shard : shards()) {
      try (var reader = new WebDatasetReader(shard)) {
        for (ShardSample sample : reader) {
          RgbImage square =
              Preprocessing.padToSquare(decoder.decodeTrusted(sample.image().orElseThrow()));
          String caption = new String(sample.member("txt").orElseThrow(), UTF_8).strip();
          rows.add(new Row(square, sample.key(), caption, List.of()));
        }
      }
    }
    return rows;
  }

  /** The pairs with their synthetic captions, written the first time. */
  List<Row> captioned() throws IOException {
    List<Row> rows = bare();
    Path file = folder.resolve("captions.txt");
    if (!Files.exists(file)) {
      Files.createDirectories(folder);
      Path aside = folder.resolve("captions.part");
      Files.write(aside, captions(rows));
      Files.move(aside, file);
    }
    List<String> lines = Files.readAllLines(file);
    var captioned = new ArrayList<Row>();
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      List<String> written = List.copyOf(lines.subList(i * CAPTIONS, (i + 1) * CAPTIONS));
      captioned.add(new Row(row.square(), row.id(), row.caption(), written));
    }
    return captioned;
  }

  /** Everything. */
  List<Row> rows() throws IOException {
    List<Row> rows = captioned();
    for (String teacher : TEACHERS) {
      rows = taught(rows, teacher);
    }
    return rows;
  }

  /** The pairs with the rows of one more teacher, computed the first time. */
  List<Row> taught(List<Row> rows, String teacher) throws IOException {
    Path file = folder.resolve(teacher);
    if (!Files.exists(file)) {
      Path aside = folder.resolve(teacher + ".part");
      embed(rows, teacher, aside);
      Files.move(aside, file);
    }
    var taught = new ArrayList<Row>();
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (Row row : rows) {
        taught.add(
            row.with(take(in, VIEWS), take(in, WEAK_VIEWS), take(in, CAPTIONS), take(in, 1)[0]));
      }
    }
    return taught;
  }

  private List<String> captions(List<Row> rows) throws IOException {
    var lines = new ArrayList<String>();
    try (Captioner captioner =
        Captioner.load(program.resolve("demo/models/captioner"), Precision.FP32)) {
      for (int from = 0; from < rows.size(); from += GROUP) {
        List<Row> group = rows.subList(from, Math.min(rows.size(), from + GROUP));
        List<RgbImage> pictures =
            group.stream().map(row -> captioner.preprocessing().apply(row.square())).toList();
        var written = new ArrayList<List<String>>();
        for (int s = 0; s < CAPTIONS; s++) {
          long offset = s;
          long[] seeds =
              group.stream().mapToLong(row -> 31L * row.id().hashCode() + offset).toArray();
          written.add(captioner.caption(pictures, DECODING, seeds));
        }
        for (int i = 0; i < group.size(); i++) {
          int at = i;
          written.forEach(captions -> lines.add(captions.get(at).replaceAll("\\R", " ")));
        }
      }
    }
    return lines;
  }

  private void embed(List<Row> rows, String name, Path target) throws IOException {
    try (ClipModel teacher =
            ClipModel.load(program.resolve("demo/models").resolve(name), Precision.FP32);
        var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(target)))) {
      int size = teacher.preprocessing().size();
      for (int from = 0; from < rows.size(); from += GROUP) {
        List<Row> group = rows.subList(from, Math.min(rows.size(), from + GROUP));
        var pictures = new ArrayList<RgbImage>();
        var texts = new ArrayList<String>();
        for (Row row : group) {
          for (int view = 0; view < VIEWS; view++) {
            pictures.add(row.view(view).apply(row.square(), size));
          }
          for (int view = 0; view < WEAK_VIEWS; view++) {
            pictures.add(row.weakView(view, size).apply(row.square(), size));
          }
          texts.addAll(row.captions());
          texts.add(row.caption());
        }
        float[][] seen = teacher.encodeImages(pictures);
        float[][] read = teacher.encodeTexts(texts);
        for (int i = 0; i < group.size(); i++) {
          put(out, seen, i * (VIEWS + WEAK_VIEWS), VIEWS + WEAK_VIEWS);
          put(out, read, i * (CAPTIONS + 1), CAPTIONS + 1);
        }
      }
    }
  }

  private List<Path> shards() throws IOException {
    try (Stream<Path> files = Files.list(program.resolve("demo/train-permissive"))) {
      return files.filter(file -> file.toString().endsWith(".tar")).sorted().toList();
    }
  }

  private static void put(DataOutputStream out, float[][] rows, int from, int count)
      throws IOException {
    for (int i = from; i < from + count; i++) {
      out.writeInt(rows[i].length);
      for (float value : rows[i]) {
        out.writeFloat(value);
      }
    }
  }

  private static float[][] take(DataInputStream in, int count) throws IOException {
    float[][] rows = new float[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = new float[in.readInt()];
      for (int j = 0; j < rows[i].length; j++) {
        rows[i][j] = in.readFloat();
      }
    }
    return rows;
  }
}
