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

  static final int VIEWS = 8;
  static final int WEAK_VIEWS = 4;
  static final int CAPTIONS = 5;
  static final int TEACHERS = 2;

  private static final float[][][] NONE = new float[1][0][];

  /** The recipe of {@code demo/reinforcement.yaml}. */
  static final AugmentationRecipe RECIPE =
      new AugmentationRecipe(0.6, 1.0, 0.75, 4 / 3.0, true, 1, 5, 0.5);

  /**
   * A pair.
   *
   * @param views [teacher][view] unit rows
   * @param weakViews [teacher][view] unit rows
   * @param synthetic [teacher][caption] unit rows
   * @param real [teacher] unit row
   */
  record Row(
      RgbImage square,
      String id,
      String caption,
      List<String> captions,
      float[][][] views,
      float[][][] weakViews,
      float[][][] synthetic,
      float[][] real) {

    Row with(List<String> written) {
      return new Row(square, id, caption, List.copyOf(written), views, weakViews, synthetic, real);
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
          rows.add(new Row(square, sample.key(), caption, List.of(), NONE, NONE, NONE, NONE[0]));
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
      captioned.add(rows.get(i).with(lines.subList(i * CAPTIONS, (i + 1) * CAPTIONS)));
    }
    return captioned;
  }

  /** Everything. */
  List<Row> rows() throws IOException {
    List<Row> captioned = captioned();
    Path file = folder.resolve("rows");
    if (!Files.exists(file)) {
      Path aside = folder.resolve("rows.part");
      embed(captioned, aside);
      Files.move(aside, file);
    }
    var rows = new ArrayList<Row>();
    try (var in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (Row row : captioned) {
        rows.add(read(row, in));
      }
    }
    return rows;
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

  private void embed(List<Row> rows, Path target) throws IOException {
    Path models = program.resolve("demo/models");
    try (ClipModel conv = ClipModel.load(models.resolve("teacher-conv"), Precision.FP32);
        ClipModel vit = ClipModel.load(models.resolve("teacher-vit"), Precision.FP32);
        var out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(target)))) {
      for (Row row : rows) {
        for (ClipModel teacher : List.of(vit, conv)) {
          int size = teacher.preprocessing().size();
          var pictures = new ArrayList<RgbImage>();
          for (int view = 0; view < VIEWS; view++) {
            pictures.add(row.view(view).apply(row.square(), size));
          }
          for (int view = 0; view < WEAK_VIEWS; view++) {
            pictures.add(row.weakView(view, size).apply(row.square(), size));
          }
          var texts = new ArrayList<>(row.captions());
          texts.add(row.caption());
          put(out, teacher.encodeImages(pictures));
          put(out, teacher.encodeTexts(texts));
        }
      }
    }
  }

  private static Row read(Row row, DataInputStream in) throws IOException {
    float[][][] views = new float[TEACHERS][][];
    float[][][] weak = new float[TEACHERS][][];
    float[][][] synthetic = new float[TEACHERS][][];
    float[][] real = new float[TEACHERS][];
    for (int t = 0; t < TEACHERS; t++) {
      views[t] = take(in, VIEWS);
      weak[t] = take(in, WEAK_VIEWS);
      synthetic[t] = take(in, CAPTIONS);
      real[t] = take(in, 1)[0];
    }
    return new Row(
        row.square(), row.id(), row.caption(), row.captions(), views, weak, synthetic, real);
  }

  private List<Path> shards() throws IOException {
    try (Stream<Path> files = Files.list(program.resolve("demo/train-permissive"))) {
      return files.filter(file -> file.toString().endsWith(".tar")).sorted().toList();
    }
  }

  private static void put(DataOutputStream out, float[][] rows) throws IOException {
    for (float[] row : rows) {
      out.writeInt(row.length);
      for (float value : row) {
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
