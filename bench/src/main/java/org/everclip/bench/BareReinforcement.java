package org.everclip.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.Decoding;
import org.everclip.clip.network.Precision;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The bare loop that the reinforcement job is measured against: the same decoding, augmentations,
 * tokenizing and model calls on the same pictures with as many threads, without a stream, records
 * and state. Prints milliseconds of CPU and of the clock for each pair after the warm-up.
 */
@Command(name = "bare-reinforcement", mixinStandardHelpOptions = true)
public final class BareReinforcement implements Callable<Integer> {

  private static final int ROWS = 32;
  private static final int TEXT_ROWS = 16;

  @Option(names = "--pictures", required = true)
  private Path pictures = Path.of("");

  @Option(names = "--recipe", required = true)
  private Path recipe = Path.of("");

  @Option(names = "--program", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--precision", defaultValue = "auto")
  private String precision = "auto";

  @Option(names = "--threads", defaultValue = "1")
  private int threads;

  @Option(names = "--batch", defaultValue = "32")
  private int batch;

  @Option(names = "--warm-up", required = true)
  private int warmUp;

  @Option(names = "--pairs", required = true)
  private int pairs;

  private final List<ClipModel> teachers = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLong checksum = new AtomicLong();
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  public static void main(String[] args) {
    System.exit(new CommandLine(new BareReinforcement()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    JsonNode root = new YAMLMapper().readTree(recipe.toFile());
    var exact = Precision.named(precision);
    for (JsonNode teacher : root.get("teachers")) {
      teachers.add(ClipModel.load(program.resolve(teacher.get("path").asText()), exact));
    }
    try (var captioner =
            Captioner.load(program.resolve(root.at("/captioner/path").asText()), exact);
        var files = Files.list(pictures)) {
      List<Path> all = files.sorted().toList();
      var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      run(root, captioner, all, warmUp);
      long cpu = system.getProcessCpuTime();
      long wall = System.nanoTime();
      run(root, captioner, all, warmUp + pairs);
      System.out.printf(
          java.util.Locale.ROOT,
          "%.4f %.4f%n",
          (system.getProcessCpuTime() - cpu) / 1e6 / pairs,
          (System.nanoTime() - wall) / 1e6 / pairs);
      System.err.println("bare loop's checksum " + checksum);
    } finally {
      teachers.forEach(ClipModel::close);
    }
    return 0;
  }

  private void run(JsonNode root, Captioner captioner, List<Path> files, int until)
      throws Exception {
    var pool = Executors.newFixedThreadPool(threads);
    try {
      var ends = new ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < threads; i++) {
        ends.add(
            pool.submit(
                () -> {
                  while (true) {
                    int from = next.getAndUpdate(at -> Math.min(until, at + batch));
                    if (from >= until) {
                      return null;
                    }
                    int to = Math.min(until, from + batch);
                    reinforce(root, captioner, files, from, to);
                    done.addAndGet(to - from);
                  }
                }));
      }
      for (var end : ends) {
        end.get();
      }
    } finally {
      pool.shutdown();
    }
  }

  private void reinforce(JsonNode root, Captioner captioner, List<Path> files, int from, int to)
      throws IOException {
    int a = root.get("augmentationsPerImage").asInt();
    int s = root.get("captionsPerImage").asInt();
    JsonNode drawn = root.get("augmentation");
    var augmentation =
        new AugmentationRecipe(
            drawn.get("minScale").asDouble(),
            drawn.get("maxScale").asDouble(),
            drawn.get("minRatio").asDouble(),
            drawn.get("maxRatio").asDouble(),
            drawn.get("flip").asBoolean(),
            drawn.get("randAugmentOps").asInt(),
            drawn.get("magnitudeBin").asInt(),
            drawn.get("randAugmentProbability").asDouble());
    JsonNode nucleus = root.at("/captioner/decoding");
    var decoding =
        new Decoding(
            Decoding.Method.TOP_P,
            nucleus.get("topP").asDouble(),
            1,
            nucleus.get("temperature").asDouble(),
            nucleus.get("maxLength").asInt(),
            nucleus.get("minLength").asInt(),
            nucleus.get("repetitionPenalty").asDouble());
    int target = teachers.stream().mapToInt(t -> t.preprocessing().size()).max().orElseThrow();
    var squares = new ArrayList<RgbImage>();
    var small = new ArrayList<RgbImage>();
    var seeds = new long[to - from][s];
    for (int i = from; i < to; i++) {
      RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(bytes(files, i)));
      squares.add(square);
      small.add(captioner.preprocessing().apply(square));
      for (int c = 0; c < s; c++) {
        seeds[i - from][c] = i * 31L + c;
      }
    }
    List<List<String>> captions = captioner.caption(small, decoding, seeds);
    var texts = new ArrayList<String>();
    for (int i = from; i < to; i++) {
      texts.add(caption(i));
      texts.addAll(captions.get(i - from));
    }
    var views = new java.util.HashMap<Preprocessing, List<RgbImage>>();
    for (ClipModel teacher : teachers) {
      float[][] rows =
          teacher.encodeImages(
              views.computeIfAbsent(
                  teacher.preprocessing(), p -> views(squares, augmentation, a, target, p)));
      float[][] textRows = teacher.encodeTexts(texts, TEXT_ROWS);
      for (float[][] matrix : List.of(rows, textRows)) {
        for (float[] row : matrix) {
          checksum.addAndGet(Bfloat16.encode(row)[0]);
        }
      }
    }
  }

  private static List<RgbImage> views(
      List<RgbImage> squares,
      AugmentationRecipe augmentation,
      int count,
      int target,
      Preprocessing preprocessing) {
    var views = new ArrayList<RgbImage>();
    for (int i = 0; i < squares.size(); i++) {
      RgbImage square = squares.get(i);
      views.add(preprocessing.apply(square));
      for (int c = 0; c < count; c++) {
        var random = AugmentationRecipe.seeded("bare" + i, 1, c);
        views.add(
            augmentation
                .sample(square.width(), square.height(), target, random)
                .apply(square, preprocessing.size()));
      }
    }
    pad(views);
    return views;
  }

  /** The caption of the picture with this number, for both sides. */
  static String caption(int number) {
    return "Two things side by side, picture " + number;
  }

  private static byte[] bytes(List<Path> files, int i) throws IOException {
    return Files.readAllBytes(files.get(i % files.size()));
  }

  private static <T> void pad(List<T> rows) {
    while (rows.size() % ROWS != 0) {
      rows.add(rows.get(0));
    }
  }
}
