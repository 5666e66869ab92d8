package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.clip.training.TrainSession;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.system.ReinforcedPairs;
import org.everclip.system.RolePlatform;
import org.everclip.system.TrainerRun;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.BatchAssembler;
import org.everclip.trainer.round.BatchAssembler.StudentInput;
import org.everclip.trainer.round.Plans;
import org.everclip.trainer.round.RoundPlan;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * CPU time of the trainer's whole process (loading, steps, checkpoints, curves) for each sample,
 * beside that of a process that only makes the same steps on one batch; and how fast batches can be
 * made. All with the same options of the machine.
 */
@Command(
    name = "trainer-overhead",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "The whole trainer against its bare step, and the loader against the step.")
public final class TrainerOverhead implements Callable<Integer> {

  private static final int CAPTIONS = 5;
  private static final int VIEWS = 10;
  private static final List<Integer> DIMS = List.of(768, 768);
  private static final float TEACHER_SCALE = 20;
  private static final int BARE_WARM_UP = 10;

  /** Steps of the bare step and of the loader: a long training needs no longer comparison. */
  private static final int MOST_ALONE = 400;

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  /** What a part of the measurement is. */
  private enum Part {
    all,
    bare,
    loader
  }

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--program", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(names = "--ports-base")
  private int portsBase = 23900;

  @Option(names = "--model")
  private String model = "mobileclip-nano";

  @Option(names = "--precision")
  private String precision = "auto";

  @Option(names = "--batch")
  private int batch = 128;

  @Option(names = "--side", description = "Of the stored pictures.")
  private int side = 128;

  @Option(names = "--pairs")
  private int pairs = 1024;

  @Option(names = "--warm-up", description = "Steps before the measurement.")
  private int warmUp = 40;

  @Option(names = "--steps", description = "Steps measured.")
  private int steps = 80;

  @Option(
      names = "--memory-every",
      description =
          "Steps (a multiple of --warm-up) between looks at the trainer's memory; 0: one.")
  private int memoryEvery;

  @Option(names = "--part", hidden = true, description = "Runs a part in this process.")
  private Part part = Part.all;

  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainerOverhead()).execute(args));
  }

  /** Milliseconds for a sample. */
  private record Cost(double cpu, double wall) {}

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath().normalize();
    switch (part) {
      case bare -> System.out.println(text(bare()));
      case loader -> System.out.println(text(loader()));
      case all -> measure();
    }
    return 0;
  }

  private void measure() throws Exception {
    // The bare step before and after the trainer, so that a machine that changes shows.
    Cost first = process(Part.bare);
    double trainer;
    try (var platform = new RolePlatform(program, home, portsBase, List.of("kafka.partitions=1"))) {
      new ReinforcedPairs(side, VIEWS, CAPTIONS, DIMS, 1, "bench")
          .send(platform.config(), pairs, 1, i -> false);
      var run = new TrainerRun(platform, home, "trainer", settings());
      run.awaitStep(warmUp);
      Duration before = cpu(run.process());
      awaitWithMemory(run);
      trainer = cpu(run.process()).minus(before).toNanos() / 1e6 / ((double) steps * batch);
      run.stop();
    }
    Cost second = process(Part.bare);
    Cost bare = new Cost((first.cpu() + second.cpu()) / 2, (first.wall() + second.wall()) / 2);
    Cost loader = process(Part.loader);
    System.out.printf(
        Locale.ROOT,
        "%s %s, batch %d, pictures %d px, %d teachers x %d: trainer %.3f ms CPU a sample, bare step %.3f ms before and %.3f ms after, ratio %.3f%n",
        model,
        precision,
        batch,
        side,
        DIMS.size(),
        DIMS.get(0),
        trainer,
        first.cpu(),
        second.cpu(),
        trainer / bare.cpu());
    System.out.printf(
        Locale.ROOT,
        "loader alone %.3f ms CPU a sample (%.0f a second), step %.3f ms (%.0f a second): %.1f x the step's appetite%n",
        loader.cpu(),
        1000 / loader.wall(),
        bare.cpu(),
        1000 / bare.wall(),
        bare.cpu() / loader.cpu());
  }

  private void awaitWithMemory(TrainerRun run) throws Exception {
    int stride = memoryEvery > 0 ? memoryEvery : steps;
    for (int step = stride; step < steps; step += stride) {
      run.awaitStep(warmUp + step);
      System.out.printf(
          Locale.ROOT,
          "step %d: resident memory %.1f MiB%n",
          warmUp + step,
          residentMiB(run.process()));
    }
    run.awaitStep(warmUp + steps);
    System.out.printf(
        Locale.ROOT,
        "step %d: resident memory %.1f MiB%n",
        warmUp + steps,
        residentMiB(run.process()));
  }

  private static double residentMiB(Process process) throws IOException {
    for (String line :
        Files.readAllLines(Path.of("/proc", Long.toString(process.pid()), "status"))) {
      if (line.startsWith("VmRSS:")) {
        return Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024;
      }
    }
    return Double.NaN;
  }

  private List<String> settings() {
    return List.of(
        "trainer.model=" + model,
        "trainer.precision=" + precision,
        "trainer.batchSize=" + batch,
        "trainer.roundPairs=" + pairs,
        "trainer.minRoundPairs=" + pairs,
        "trainer.roundSteps=" + (warmUp + steps),
        "trainer.checkpointSteps=" + warmUp,
        "trainer.maxRounds=1",
        "trainer.cost.peakGflops=1");
  }

  private Cost process(Part which) throws IOException, InterruptedException {
    var command =
        new ArrayList<String>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-Dai.djl.offline=true",
                "-Dai.djl.pytorch.num_threads=1",
                "-cp",
                System.getProperty("java.class.path"),
                TrainerOverhead.class.getName()));
    command.addAll(List.of("--home", home.toString(), "--program", program.toString()));
    command.addAll(List.of("--model", model, "--precision", precision, "--batch", "" + batch));
    command.addAll(List.of("--warm-up", "" + warmUp, "--steps", "" + steps, "--part", "" + which));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(which + " has failed: " + text);
    }
    String[] values = text.strip().lines().reduce((a, b) -> b).orElse("").split(" ");
    return new Cost(Double.parseDouble(values[0]), Double.parseDouble(values[1]));
  }

  private static String text(Cost cost) {
    return cost.cpu() + " " + cost.wall();
  }

  /** The same step again and again on one batch. */
  private Cost bare() throws IOException {
    Tokenizer tokenizer = tokenizer();
    Architecture architecture =
        Architecture.named(model).withVocabularySize(tokenizer.vocabularySize());
    Precision exact = Precision.named(precision);
    try (NDManager manager = NDManager.newBaseManager();
        TrainSession session =
            TrainSession.create(architecture, exact, Objective.reinforced(0.7), 1, manager)) {
      Batch fixed = fixed(architecture, tokenizer);
      session.setLearningRate(1e-4);
      for (int i = 0; i < BARE_WARM_UP; i++) {
        session.step(fixed);
      }
      long cpu = SYSTEM.getProcessCpuTime();
      long wall = System.nanoTime();
      for (int i = 0; i < alone(); i++) {
        session.step(fixed);
      }
      return cost(cpu, wall);
    }
  }

  private Batch fixed(Architecture architecture, Tokenizer tokenizer) {
    var random = new Random(1);
    int size = architecture.imageSize();
    int length = architecture.text().contextLength();
    var images = FloatBuffer.allocate(batch * 3 * size * size);
    while (images.hasRemaining()) {
      images.put(random.nextFloat());
    }
    long[] ids = new long[batch * length];
    for (int i = 0; i < batch; i++) {
      String text = "picture %d of %d, drawn at random".formatted(random.nextInt(batch), batch);
      System.arraycopy(tokenizer.encode(text, length), 0, ids, i * length, length);
    }
    var teachers = new ArrayList<TeacherBatch>();
    for (int dim : DIMS) {
      float[] rows = new float[batch * dim];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = (float) (random.nextGaussian() / Math.sqrt(dim));
      }
      teachers.add(new TeacherBatch(dim, TEACHER_SCALE, rows, rows, rows));
    }
    return new Batch(images.flip(), ids, ids, teachers);
  }

  /** The batches of the round that the trainer has trained, from its own store. */
  private Cost loader() throws IOException {
    Tokenizer tokenizer = tokenizer();
    Architecture architecture = Architecture.named(model);
    Path state = home.resolve("trainer/state/trainer");
    RoundPlan plan = new Plans(state.resolve("rounds")).read(1).orElseThrow();
    var preprocessing =
        new Preprocessing(
            architecture.imageSize(),
            new float[] {0, 0, 0},
            new float[] {1, 1, 1},
            Filter.BICUBIC,
            Fit.PAD_WHITE);
    var input = new StudentInput(tokenizer, architecture.text().contextLength(), preprocessing);
    try (var store = ReplayStore.open(state.resolve("store"), 1, pairs)) {
      var assembler = new BatchAssembler(plan, store, input, List.of(), held -> {});
      for (int step = 0; step < warmUp; step++) {
        assembler.assemble(step);
      }
      long cpu = SYSTEM.getProcessCpuTime();
      long wall = System.nanoTime();
      for (int step = warmUp; step < warmUp + alone(); step++) {
        assembler.assemble(step);
      }
      return cost(cpu, wall);
    }
  }

  private int alone() {
    return Math.min(steps, MOST_ALONE);
  }

  private Cost cost(long cpu, long wall) {
    double samples = (double) alone() * batch;
    return new Cost(
        (SYSTEM.getProcessCpuTime() - cpu) / 1e6 / samples,
        (System.nanoTime() - wall) / 1e6 / samples);
  }

  private Tokenizer tokenizer() throws IOException {
    return Tokenizers.load(program.resolve("demo/models/teacher-conv/tokenizer.json"));
  }

  private static Duration cpu(Process process) {
    return process.info().totalCpuDuration().orElseThrow();
  }
}
