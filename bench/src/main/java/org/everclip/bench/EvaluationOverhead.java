package org.everclip.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.everclip.clip.network.Precision;
import org.everclip.evaluation.ClipEvaluatedModel;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.benchmarks.DatasetWriter;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What an evaluation costs beyond the embeddings: processor time of a task of many classes against
 * a bare loop that reads, decodes, transforms and embeds the same pictures and prompts, alternating
 * in one process; and the memory that the task takes above the loaded model.
 */
@Command(
    name = "evaluation-overhead",
    mixinStandardHelpOptions = true,
    description = "Processor time and memory of an evaluation against a bare embedding loop.")
public final class EvaluationOverhead implements Callable<Integer> {

  private static final int SIDE = 128;
  private static final int BATCH = 32;
  private static final double BILLION = 1e9;

  @Option(names = "--model", description = "Model directory (default: ${DEFAULT-VALUE}).")
  private Path model = Path.of("demo/models/teacher-conv");

  @Option(names = "--images", description = "Of the task (default: ${DEFAULT-VALUE}).")
  private int images = 10_000;

  @Option(names = "--classes", description = "Of the task (default: ${DEFAULT-VALUE}).")
  private int classes = 1_000;

  @Option(names = "--rounds", description = "Task and loop in turn (default: ${DEFAULT-VALUE}).")
  private int rounds = 1;

  private final OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  public static void main(String[] args) {
    System.exit(new CommandLine(new EvaluationOverhead()).execute(args));
  }

  @Override
  public Integer call() throws IOException, UnavailableException {
    Path home = Files.createTempDirectory("everclip-evaluation");
    try (var evaluated = ClipEvaluatedModel.load(model, Precision.FP32)) {
      System.gc();
      // Forgets the peak so far (Linux, proc(5)). Writing the data counts, too.
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
      long before = resident("VmRSS");
      Task small = write(home.resolve("warm"), BATCH * 4, 10);
      Task task = write(home.resolve("task"), images, classes);
      run(evaluated, small);
      bare(evaluated, small);
      double taskSeconds = 0;
      double bareSeconds = 0;
      long above = 0;
      for (int round = 0; round < rounds; round++) {
        double start = cpu();
        TaskOutcome outcome = run(evaluated, task);
        taskSeconds += cpu() - start;
        above = Math.max(above, resident("VmHWM") - before);
        start = cpu();
        bare(evaluated, task);
        bareSeconds += cpu() - start;
        System.err.printf(
            Locale.ROOT,
            "round %d: %d samples, acc1 %.4f%n",
            round + 1,
            outcome.samples(),
            outcome.metrics().get("acc1"));
      }
      System.out.printf(
          Locale.ROOT,
          "%d pictures, %d classes, %d rounds: evaluation %.1f s of processor time, bare loop %.1f"
              + " s, ratio %.3f; peak above the loaded model %d MiB%n",
          images,
          classes,
          rounds,
          taskSeconds,
          bareSeconds,
          taskSeconds / bareSeconds,
          above >> 10);
      return 0;
    } finally {
      try (Stream<Path> paths = Files.walk(home)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static TaskOutcome run(EvaluatedModel model, Task task) throws UnavailableException {
    return new TaskRunner(model, BATCH).run(DatasetFolder.open(task));
  }

  /** Reads, decodes, transforms and embeds, and forgets. */
  private static void bare(EvaluatedModel model, Task task)
      throws IOException, UnavailableException {
    var decoder = new ImageDecoder(ImageLimits.defaults());
    DatasetFolder folder = DatasetFolder.open(task);
    var prompts = new ArrayList<String>();
    for (String name : folder.classNames()) {
      folder.templates().forEach(template -> prompts.add(template.replace("{c}", name)));
    }
    for (int from = 0; from < prompts.size(); from += BATCH) {
      model.encodeTexts(prompts.subList(from, Math.min(prompts.size(), from + BATCH)));
    }
    var squares = new ArrayList<RgbImage>();
    folder.forEach(
        sample -> {
          byte[] bytes = ((Sample.Labelled) sample).image();
          squares.add(model.preprocess(decoder.decodeAsReference(bytes)));
          if (squares.size() == BATCH) {
            model.encodeImages(squares);
            squares.clear();
          }
        });
    if (!squares.isEmpty()) {
      model.encodeImages(squares);
    }
  }

  private double cpu() {
    return system.getProcessCpuTime() / BILLION;
  }

  /** Resident memory of this process in KiB, now ({@code VmRSS}) or at most ({@code VmHWM}). */
  private static long resident(String field) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(field + ":"))
          .map(line -> line.replaceAll("[^0-9]", ""))
          .mapToLong(Long::parseLong)
          .findFirst()
          .orElseThrow();
    }
  }

  private static Task write(Path folder, int images, int classes) throws IOException {
    var random = new SplittableRandom(images);
    try (var writer = new DatasetWriter(folder)) {
      for (int i = 0; i < images; i++) {
        writer.labelled(picture(random), i % classes, new long[0]);
      }
      List<String> names =
          IntStream.range(0, classes).mapToObj(c -> "a drawing of thing " + c).toList();
      writer.prompts(names, List.of("a picture of {c}."));
      writer.publish();
    }
    return new Task(
        "local/" + folder.getFileName(),
        "overhead",
        Task.LOCAL,
        Scoring.Classification.plain(),
        folder,
        "acc1",
        List.of());
  }

  /** Coloured stripes, as a JPEG. */
  private static byte[] picture(SplittableRandom random) {
    byte[] pixels = new byte[3 * SIDE * SIDE];
    int[] waves = random.ints(6, 1, 40).toArray();
    for (int p = 0; p < pixels.length; p++) {
      int x = p / 3 % SIDE;
      int y = p / 3 / SIDE;
      double wave = Math.sin((double) x / waves[p % 3]) + Math.cos((double) y / waves[3 + p % 3]);
      pixels[p] = (byte) (127 + 60 * wave);
    }
    return ImageEncoder.jpeg(new RgbImage(SIDE, SIDE, pixels), 0.88f);
  }
}
