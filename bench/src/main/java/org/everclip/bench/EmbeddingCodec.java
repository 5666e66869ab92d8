package org.everclip.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.shard.WebDatasetReader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What stored rows cost in each encoding: bytes of a whole reinforcement as it stands in a record,
 * samples a second of CPU time of one thread, and what becomes of the teachers' judgement.
 */
@Command(
    name = "embedding-codec",
    mixinStandardHelpOptions = true,
    description = {
      "Reinforces demo pairs with the demo's models (A = 10, S = 5, two teachers of 128 values),"
          + " then",
      "lifts the rows to 768 values: by a fixed random matrix (the cosines stay, values become",
      "Gaussian), and the same with unequal columns, as large teachers have (a few hold much)."
    })
public final class EmbeddingCodec implements Callable<Integer> {

  private static final int LIFTED = 768;
  private static final int A = 10;
  private static final int S = 5;

  @Option(
      names = "--data",
      defaultValue = "demo/train-permissive/*.tar",
      description = "Shards with pictures and captions (default: ${DEFAULT-VALUE}).")
  private String data = "";

  @Option(names = "--pairs", defaultValue = "256", description = "Pairs (default: 256).")
  private int pairs;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "To measure each speed for (default: 2).")
  private double seconds;

  /**
   * One pair's rows.
   *
   * @param image [A, dim], row-major
   * @param caption [S, dim]
   * @param text [dim]
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Rows(int dim, float[] image, float[] caption, float[] text) {}

  /** A pair's rows of both teachers. */
  private record Sample(StoredPairs.Pair pair, List<Rows> teachers) {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new EmbeddingCodec()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    List<Sample> own = samples();
    report("demo teachers, 2 x 128 values", own);
    report("lifted to 2 x 768 values, Gaussian", lifted(own, 0));
    report("lifted to 2 x 768 values, unequal columns", lifted(own, 0.7));
    return 0;
  }

  private List<Sample> samples() throws IOException {
    Path models = Path.of("demo/models");
    var recipe = new AugmentationRecipe(0.6, 1, 0.75, 4 / 3.0, true, 1, 5, 0.5);
    try (ClipModel conv = ClipModel.load(models.resolve("teacher-conv"), Precision.FP32);
        ClipModel vit = ClipModel.load(models.resolve("teacher-vit"), Precision.FP32);
        Captioner captioner = Captioner.load(models.resolve("captioner"), Precision.FP32)) {
      List<Sample> samples = new ArrayList<>();
      for (StoredPairs.Pair pair :
          StoredPairs.reinforce(
              WebDatasetReader.expand(data).subList(0, 1),
              List.of(conv, vit),
              captioner,
              recipe,
              A,
              S,
              pairs)) {
        var teachers = new ArrayList<Rows>();
        for (int k = 0; k < 2; k++) {
          teachers.add(
              new Rows(
                  pair.real()[k].length,
                  flat(pair.image()[k]),
                  flat(pair.synthetic()[k]),
                  pair.real()[k]));
        }
        samples.add(new Sample(pair, teachers));
      }
      return samples;
    }
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * rows[0].length, rows[0].length);
    }
    return flat;
  }

  /** Columns differ by factors of e^(spread times a normal number). */
  private static List<Sample> lifted(List<Sample> samples, double spread) {
    int from = samples.get(0).teachers().get(0).dim();
    var random = new Random(1);
    float[][] matrix = new float[LIFTED][from];
    for (float[] row : matrix) {
      double column = Math.exp(spread * random.nextGaussian());
      for (int i = 0; i < from; i++) {
        row[i] = (float) (column * random.nextGaussian());
      }
    }
    var lifted = new ArrayList<Sample>();
    for (Sample sample : samples) {
      var teachers = new ArrayList<Rows>();
      for (Rows rows : sample.teachers()) {
        teachers.add(
            new Rows(
                LIFTED,
                lift(rows.image(), matrix),
                lift(rows.caption(), matrix),
                lift(rows.text(), matrix)));
      }
      lifted.add(new Sample(sample.pair(), teachers));
    }
    return lifted;
  }

  private static float[] lift(float[] rows, float[][] matrix) {
    int from = matrix[0].length;
    int count = rows.length / from;
    float[] lifted = new float[count * LIFTED];
    for (int row = 0; row < count; row++) {
      double square = 0;
      for (int i = 0; i < LIFTED; i++) {
        float sum = 0;
        for (int j = 0; j < from; j++) {
          sum += matrix[i][j] * rows[row * from + j];
        }
        lifted[row * LIFTED + i] = sum;
        square += (double) sum * sum;
      }
      for (int i = 0; i < LIFTED; i++) {
        lifted[row * LIFTED + i] /= (float) Math.sqrt(square);
      }
    }
    return lifted;
  }

  private void report(String title, List<Sample> samples) throws IOException {
    System.out.printf(Locale.ROOT, "%n%s, %d pairs, A = %d, S = %d%n", title, samples.size(), A, S);
    System.out.println(
        "encoding        bits/value  bytes/sample  largest     encode/s  decode/s  both/s");
    for (EmbeddingEncoding encoding : EmbeddingEncoding.values()) {
      long rows = 0;
      long values = 0;
      long records = 0;
      int largest = 0;
      for (Sample sample : samples) {
        int record = record(sample, encoding).length;
        records += record;
        largest = Math.max(largest, record);
        for (Rows teacher : sample.teachers()) {
          values += (long) (A + S + 1) * teacher.dim();
          for (float[] part : parts(teacher)) {
            rows += encoding.encode(part, teacher.dim()).length;
          }
        }
      }
      Speed speed = speed(samples, encoding);
      System.out.printf(
          Locale.ROOT,
          "%-14s  %10.2f  %12.0f  %7d  %11.0f  %8.0f  %6.0f%n",
          encoding.id(),
          8.0 * rows / values,
          (double) records / samples.size(),
          largest,
          speed.encode(),
          speed.decode(),
          1 / (1 / speed.encode() + 1 / speed.decode()));
    }
    for (EmbeddingEncoding encoding : EmbeddingEncoding.values()) {
      for (int k = 0; k < 2; k++) {
        StoredRowsError.of(encoding, images(samples, k), texts(samples, k)).print(k);
      }
    }
  }

  private static List<float[]> parts(Rows rows) {
    return List.of(rows.image(), rows.caption(), rows.text());
  }

  /** The first view of each pair. */
  private static float[][] images(List<Sample> samples, int teacher) {
    return samples.stream()
        .map(
            sample -> {
              Rows rows = sample.teachers().get(teacher);
              return java.util.Arrays.copyOf(rows.image(), rows.dim());
            })
        .toArray(float[][]::new);
  }

  private static float[][] texts(List<Sample> samples, int teacher) {
    return samples.stream()
        .map(sample -> sample.teachers().get(teacher).text())
        .toArray(float[][]::new);
  }

  /** The reinforcement's part of a record. */
  private static byte[] record(Sample sample, EmbeddingEncoding encoding) throws IOException {
    var captions = new ArrayList<SyntheticCaption>();
    for (int s = 0; s < S; s++) {
      captions.add(
          new SyntheticCaption(
              sample.pair().captions().get(s),
              "captioner@0123456789ab",
              "{\"topP\":0.9,\"temperature\":0.7,\"minLength\":5,\"maxLength\":20,"
                  + "\"repetitionPenalty\":1.0,\"seed\":-1234567890123456789}"));
    }
    var teachers = new ArrayList<TeacherEmbedding>();
    for (Rows rows : sample.teachers()) {
      teachers.add(
          new TeacherEmbedding(
              "teacher-vit@0123456789ab",
              rows.dim(),
              encoding.id(),
              ByteBuffer.wrap(encoding.encode(rows.image(), rows.dim())),
              ByteBuffer.wrap(encoding.encode(rows.caption(), rows.dim())),
              ByteBuffer.wrap(encoding.encode(rows.text(), rows.dim()))));
    }
    var stored =
        new StoredReinforcement(
            captions,
            sample.pair().augmentations().stream().map(Augmentation::toJson).toList(),
            teachers,
            "0123456789abcdef",
            0.3f);
    var out = new ByteArrayOutputStream();
    BinaryEncoder avro = EncoderFactory.get().binaryEncoder(out, null);
    new SpecificDatumWriter<>(StoredReinforcement.class).write(stored, avro);
    avro.flush();
    return out.toByteArray();
  }

  /** Samples a second. */
  private record Speed(double encode, double decode) {}

  private Speed speed(List<Sample> samples, EmbeddingEncoding encoding) {
    List<List<ByteBuffer>> encoded = new ArrayList<>();
    for (Sample sample : samples) {
      var parts = new ArrayList<ByteBuffer>();
      for (Rows rows : sample.teachers()) {
        for (float[] part : parts(rows)) {
          parts.add(ByteBuffer.wrap(encoding.encode(part, rows.dim())));
        }
      }
      encoded.add(parts);
    }
    int dim = samples.get(0).teachers().get(0).dim();
    long[] checksum = new long[1];
    Runnable encode =
        () -> {
          for (Sample sample : samples) {
            for (Rows rows : sample.teachers()) {
              for (float[] part : parts(rows)) {
                checksum[0] += encoding.encode(part, dim).length;
              }
            }
          }
        };
    float[] target = new float[A * dim];
    Runnable decode =
        () -> {
          for (List<ByteBuffer> parts : encoded) {
            for (ByteBuffer part : parts) {
              var rows = encoding.open(part, dim);
              for (int row = 0; row < rows.rows(); row++) {
                rows.copy(row, target, row * dim);
              }
              checksum[0] += (long) target[0];
            }
          }
        };
    rate(encode, samples.size()); // warm-up
    rate(decode, samples.size());
    var speed = new Speed(rate(encode, samples.size()), rate(decode, samples.size()));
    if (checksum[0] == 0) {
      throw new AssertionError("nothing was encoded");
    }
    return speed;
  }

  private double rate(Runnable pass, int samples) {
    // CPU time of this thread: others may use the machine.
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    long passes = 0;
    long used;
    do {
      pass.run();
      passes++;
      used = threads.getCurrentThreadCpuTime() - start;
    } while (used < seconds * 1e9);
    return passes * samples / (used / 1e9);
  }
}
