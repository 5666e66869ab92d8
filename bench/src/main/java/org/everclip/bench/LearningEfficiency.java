package org.everclip.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.bench.LearningStream.Row;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.offline.HeldOut;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does reinforcement help? The ablation: the same student on the same stream, plain CLIP first,
 * then one thing added after the other; a learning rate for each arm, chosen on the validation set;
 * every figure from other sets, over seeds. Runs are kept: a command that was stopped goes on where
 * it was, and with {@code --report-only} it prints what there is.
 */
@Command(
    name = "learning-efficiency",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Plain CLIP against the reinforced loss on the demo's stream, arm by arm.")
public final class LearningEfficiency implements Callable<Integer> {

  private static final String PICO = "mobileclip-pico";

  @Option(names = "--program", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(
      names = "--model",
      description =
          "The student: the name of an architecture, or mobileclip-pico, which is this benchmark's"
              + " own (mobileclip-nano with half the widths, depth 1: twice as many steps a"
              + " minute).")
  private String model = PICO;

  @Option(names = "--seeds", description = "Runs of each arm.")
  private int seeds = 3;

  @Option(names = "--sweep-seeds", description = "Runs of each share of distillation.")
  private int sweepSeeds = 1;

  @Option(names = "--steps", description = "Steps of every arm.")
  private int steps = 240;

  @Option(names = "--plain-steps", description = "Steps that plain CLIP gets beside.")
  private int plainSteps = 1200;

  @Option(
      names = "--full-steps",
      description = "Steps that the full recipe gets beside, to see when it overtakes.")
  private int fullSteps;

  @Option(names = "--batch")
  private int batch = 64;

  @Option(names = "--look-every", description = "Steps between two looks at retrieval.")
  private int lookEvery = 20;

  @Option(names = "--all-every", description = "Steps between two looks at everything.")
  private int allEvery = 60;

  @Option(names = "--rates", split = ",", description = "Learning rates to choose from.")
  private List<Double> rates = List.of(1e-3, 2e-3);

  @Option(
      names = "--tune-all",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Choose a rate for every arm; if not, those between take the full recipe's.")
  private boolean tuneAll = true;

  @Option(names = "--lambda", description = "Share of distillation of the arms.")
  private double lambda = 0.7;

  @Option(names = "--sweep", split = ",", description = "Other shares, full recipe.")
  private List<Double> sweep = List.of(0.3, 0.5, 0.9, 1.0);

  @Option(names = "--teacher-scale", description = "Logit scale of the teachers.")
  private float teacherScale = 20;

  @Option(names = "--pairs", description = "Only the first pairs of the stream; 0: all.")
  private int pairs;

  @Option(
      names = "--validation",
      arity = "1..*",
      description = "Shards on which learning rates are chosen.")
  private List<String> validation = List.of("demo/val-permissive");

  @Option(
      names = "--eval",
      arity = "1..*",
      description = "Benchmark folders of the figures. Default: those of demo/eval")
  private List<Path> eval = new ArrayList<>();

  @Option(names = "--work", description = "Folder of runs and stored reinforcement.")
  private Path work = Path.of("target/learning-efficiency");

  @Option(names = "--out", description = "Beginning of the names of the CSV and the plot.")
  private Path out = Path.of("target/learning-efficiency/result");

  @Option(names = "--plain-only", description = "Train the plain arm only; needs no models.")
  private boolean plainOnly;

  @Option(names = "--report-only", description = "Train nothing, report what there is.")
  private boolean reportOnly;

  public static void main(String[] args) {
    System.exit(new CommandLine(new LearningEfficiency()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(work);
    Tokenizer tokenizer =
        Tokenizers.load(program.resolve("demo/models/teacher-conv/tokenizer.json"));
    Architecture student = student();
    Preprocessing preprocessing = preprocessing(student.imageSize());
    HeldOut chosenOn = HeldOut.shards("validation", validation, true).prepared(preprocessing);
    List<HeldOut> sets = new ArrayList<>();
    for (Path folder : eval.isEmpty() ? folders(program.resolve("demo/eval")) : eval) {
      sets.add(HeldOut.benchmark(folder).prepared(preprocessing));
    }
    List<HeldOut> all = new ArrayList<>(sets);
    all.add(chosenOn);
    var stream = new LearningStream(program, work.resolve("stored"));
    List<Row> rows = reportOnly ? List.of() : plainOnly ? stream.bare() : stream.rows();
    if (pairs > 0 && !rows.isEmpty()) {
      rows = rows.subList(0, Math.min(pairs, rows.size()));
    }
    var run =
        new LearningRun(
            new LearningRun.Settings(
                student,
                batch,
                lookEvery,
                allEvery,
                teacherScale,
                work.resolve(pairs > 0 ? "runs-" + pairs : "runs")),
            rows,
            tokenizer,
            preprocessing,
            all);
    Map<LearningArm, Double> best = train(run);
    Map<LearningArm, List<LearningLooks>> runs = new LinkedHashMap<>();
    for (var arm : best.entrySet()) {
      int count = LearningArm.ablation(lambda).contains(arm.getKey()) ? seeds : sweepSeeds;
      for (int seed = 1; seed <= count; seed++) {
        Path file = run.file(arm.getKey(), arm.getValue(), seed);
        if (LearningLooks.ended(file) >= steps) {
          runs.computeIfAbsent(arm.getKey(), key -> new ArrayList<>())
              .add(LearningLooks.read(file));
        }
      }
    }
    new LearningReport(runs, best, sets, steps, lambda).write(out, System.out);
    return 0;
  }

  /**
   * Trains all, the most telling first; returns the learning rate chosen for each arm. Two commands
   * at once share the runs; each waits for the other where it needs its results.
   */
  private Map<LearningArm, Double> train(LearningRun run) throws IOException {
    List<LearningArm> arms = LearningArm.ablation(lambda);
    LearningArm full = LearningArm.full(lambda);
    Map<LearningArm, Double> best = new LinkedHashMap<>();
    if (plainOnly) {
      best.put(LearningArm.PLAIN, tune(run, LearningArm.PLAIN, true));
      for (int seed = 1; seed <= seeds; seed++) {
        run(run, LearningArm.PLAIN, best, seed, plainSteps, true);
      }
      return best;
    }
    for (boolean wait : new boolean[] {false, true}) {
      best.put(LearningArm.PLAIN, tune(run, LearningArm.PLAIN, wait));
      best.put(full, tune(run, full, wait));
    }
    for (int seed = 2; seed <= seeds; seed++) {
      run(run, LearningArm.PLAIN, best, seed, steps, false);
      run(run, full, best, seed, steps, false);
    }
    for (LearningArm arm : arms) {
      if (!best.containsKey(arm)) {
        best.put(arm, tuneAll ? tune(run, arm, true) : rate(best, full));
      }
    }
    for (LearningArm arm : LearningArm.sweep(sweep)) {
      best.put(arm, rate(best, full));
    }
    for (boolean wait : new boolean[] {false, true}) {
      for (int seed = 1; seed <= seeds; seed++) {
        for (LearningArm arm : arms) {
          run(run, arm, best, seed, steps, wait);
        }
        for (LearningArm arm : LearningArm.sweep(seed <= sweepSeeds ? sweep : List.of())) {
          run(run, arm, best, seed, steps, wait);
        }
      }
      for (int seed = 1; seed <= seeds; seed++) {
        run(run, LearningArm.PLAIN, best, seed, plainSteps, wait);
        run(run, full, best, seed, Math.max(steps, fullSteps), wait);
      }
    }
    Map<LearningArm, Double> ordered = new LinkedHashMap<>();
    arms.forEach(arm -> ordered.put(arm, rate(best, arm)));
    LearningArm.sweep(sweep).forEach(arm -> ordered.put(arm, rate(best, arm)));
    return ordered;
  }

  /** The rate whose run of the first seed has the best recall@5 on validation, at its best step. */
  private double tune(LearningRun run, LearningArm arm, boolean wait) throws IOException {
    double best = rates.get(0);
    double highest = -1;
    for (double rate : rates) {
      if (!reportOnly) {
        run.run(arm, rate, 1, steps, wait);
      }
      for (var look :
          LearningLooks.read(run.file(arm, rate, 1)).looks().headMap(steps, true).values()) {
        double recall = LearningReport.share(look.top5().get("validation"));
        if (recall > highest) {
          highest = recall;
          best = rate;
        }
      }
    }
    return best;
  }

  private static double rate(Map<LearningArm, Double> rates, LearningArm arm) {
    return Objects.requireNonNull(rates.get(arm), arm.name());
  }

  private void run(
      LearningRun run,
      LearningArm arm,
      Map<LearningArm, Double> rates,
      int seed,
      int length,
      boolean wait)
      throws IOException {
    if (!reportOnly) {
      run.run(arm, rate(rates, arm), seed, length, wait);
    }
  }

  private Architecture student() throws IOException {
    if (!model.equals(PICO)) {
      return Architecture.named(model);
    }
    try (InputStream json = LearningEfficiency.class.getResourceAsStream("/" + PICO + ".json")) {
      return Architecture.parse(
          new String(Objects.requireNonNull(json).readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static Preprocessing preprocessing(int size) {
    Preprocessing openAi = Preprocessing.openAi(size);
    return new Preprocessing(size, openAi.mean(), openAi.std(), Filter.BICUBIC, Fit.PAD_WHITE);
  }

  private static List<Path> folders(Path parent) throws IOException {
    try (Stream<Path> folders = Files.list(parent)) {
      return folders.sorted().toList();
    }
  }
}
