package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.Schedule;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.service.ConfigLoader;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;
import org.everclip.trainer.replay.Arrival;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.BatchAssembler;
import org.everclip.trainer.round.BatchAssembler.StudentInput;
import org.everclip.trainer.round.RoundPlan;
import org.everclip.trainer.round.RoundPlanner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does rehearsal keep what was learned? Periods arrive one after another; after each round every
 * period's held-out pairs are asked for (E matrix). The trainer's own store, plans and batches are
 * used; times are averaged over seeds. Besides: a student that begins anew with all pairs.
 */
@Command(
    name = "rehearsal",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Policies of rehearsal over periods, and warm start against a new start.")
public final class Rehearsal implements Callable<Integer> {

  private static final int WARM_UP_STEPS = 20;
  private static final double FLAT = 0.6;
  private static final int VIEWS = 4;
  private static final int CAPTIONS = 2;
  private static final String SCRATCH = "scratch";
  private static final AugmentationRecipe RECIPE =
      new AugmentationRecipe(0.6, 1.0, 0.75, 4 / 3.0, true, 1, 5, 0.5);

  @Option(names = "--data", required = true, arity = "1..*", description = "Shards with sources.")
  private List<String> data = List.of();

  @Option(
      names = "--periods",
      split = ",",
      description = "Sources of each period, joined by +; none: four periods by time.")
  private List<String> periods = List.of();

  @Option(names = "--policies", split = ",")
  private List<String> policies = List.of("none", "exp", "equal");

  @Option(names = "--program", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(names = "--train", description = "Pairs of each period.")
  private int train = 480;

  @Option(names = "--held-out", description = "Pairs held out of each period.")
  private int heldOut = 120;

  @Option(names = "--steps", description = "Of each round.")
  private int steps = 150;

  @Option(names = "--batch")
  private int batch = 64;

  @Option(names = "--lr")
  private double learningRate = 1e-3;

  @Option(names = "--seeds")
  private int seeds = 3;

  @Option(names = "--look-every", description = "Steps of the last round between two looks.")
  private int lookEvery = 25;

  @Option(names = "--out", description = "Where every look goes as CSV.")
  private Path out = Path.of("target/rehearsal.csv");

  private final StringBuilder csv =
      new StringBuilder("policy,seed,round,step,period,recallAt1,recallAt5\n");

  /** Recall of each period in percent, both directions averaged. */
  private record Look(int step, double[] recall1, double[] recall5) {
    double mean5() {
      return java.util.Arrays.stream(recall5).average().orElse(0);
    }
  }

  /**
   * One training.
   *
   * @param ends looks at the rounds' ends
   * @param last looks during the last round
   */
  private record Outcome(List<Look> ends, List<Look> last) {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new Rehearsal()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("rehearsal");
    Tokenizer tokenizer =
        Tokenizers.load(program.resolve("demo/models/teacher-conv/tokenizer.json"));
    RehearsalPeriods stream;
    try (ClipModel conv =
            ClipModel.load(program.resolve("demo/models/teacher-conv"), Precision.BF16);
        ClipModel vit = ClipModel.load(program.resolve("demo/models/teacher-vit"), Precision.BF16);
        Captioner captioner =
            Captioner.load(program.resolve("demo/models/captioner"), Precision.BF16)) {
      stream =
          new RehearsalPeriods(
              data,
              periods,
              train,
              heldOut,
              work,
              shards ->
                  StoredPairs.reinforce(
                      shards, List.of(conv, vit), captioner, RECIPE, VIEWS, CAPTIONS));
    }
    var all = new ArrayList<>(policies);
    all.add(SCRATCH);
    Map<String, List<Outcome>> outcomes = new LinkedHashMap<>();
    for (int seed = 1; seed <= seeds; seed++) {
      for (String policy : all) {
        Path folder = work.resolve(policy + seed);
        outcomes
            .computeIfAbsent(policy, name -> new ArrayList<>())
            .add(train(policy, seed, folder, tokenizer, stream));
        if (out.getParent() != null) {
          Files.createDirectories(out.getParent());
        }
        Files.writeString(out, csv);
      }
    }
    report(outcomes, stream.heldOut().size());
    return 0;
  }

  private Outcome train(
      String policy, int seed, Path folder, Tokenizer tokenizer, RehearsalPeriods stream)
      throws IOException {
    boolean scratch = policy.equals(SCRATCH);
    int rounds = scratch ? 1 : stream.train().size();
    EverclipConfig.Trainer settings = settings(folder, policy, seed, rounds, stream);
    Architecture architecture =
        Architecture.named(settings.model()).withVocabularySize(tokenizer.vocabularySize());
    var preprocessing =
        new Preprocessing(
            architecture.imageSize(),
            new float[] {0, 0, 0},
            new float[] {1, 1, 1},
            Filter.BICUBIC,
            Fit.PAD_WHITE);
    var input = new StudentInput(tokenizer, architecture.text().contextLength(), preprocessing);
    var outcome = new Outcome(new ArrayList<>(), new ArrayList<>());
    Files.createDirectories(folder);
    try (var store = ReplayStore.open(folder.resolve("store"), seed, settings.reservoirCapacity());
        NDManager manager = NDManager.newBaseManager();
        TrainSession session =
            TrainSession.create(
                architecture, Precision.BF16, Objective.reinforced(0.7), seed, manager)) {
      var planner = new RoundPlanner(settings, store, policy + seed);
      List<List<ReinforcedPair>> arriving = new ArrayList<>(stream.train().values());
      RoundPlan plan = null;
      long offset = 0;
      for (int round = 1; round <= rounds; round++) {
        for (var pairs : scratch ? arriving : arriving.subList(round - 1, round)) {
          offset = arrive(store, pairs, offset);
        }
        plan = next(planner, plan);
        int now = round;
        boolean looking = round == rounds;
        round(
            plan,
            new BatchAssembler(plan, store, input, List.of(), held -> {}),
            session,
            round == 1,
            (step, weights) -> {
              boolean end = step == settings.roundSteps();
              if (end || (looking && step % lookEvery == 0)) {
                try (ClipModel student =
                    ClipModel.of(architecture, weights, tokenizer, preprocessing, Precision.FP32)) {
                  Look look = look(policy, seed, now, step, student, stream.heldOut());
                  outcome.last().add(look);
                  if (end) {
                    outcome.ends().add(look);
                  }
                }
              }
            });
        store.settle(plan.newPairs(), plan.to());
        if (!looking) {
          outcome.last().clear();
        }
      }
    }
    return outcome;
  }

  private static RoundPlan next(RoundPlanner planner, @Nullable RoundPlan previous) {
    Instant now = Instant.EPOCH;
    return planner.next(previous, now, now, now.plus(Duration.ofDays(1))).orElseThrow();
  }

  private EverclipConfig.Trainer settings(
      Path home, String policy, int seed, int rounds, RehearsalPeriods stream) {
    int all = stream.train().values().stream().mapToInt(List::size).sum();
    boolean scratch = policy.equals(SCRATCH);
    return new ConfigLoader(Map.of())
        .load(
            home,
            null,
            List.of(
                "trainer.seed=" + seed,
                "trainer.replay=" + (scratch ? "none" : policy),
                "trainer.batchSize=" + batch,
                "trainer.roundSteps=" + (scratch ? steps * stream.train().size() : steps),
                "trainer.maxRounds=" + rounds,
                "trainer.minRoundPairs=1",
                "trainer.reservoirCapacity=" + all))
        .trainer();
  }

  private static long arrive(ReplayStore store, List<ReinforcedPair> pairs, long from) {
    var arrivals = new ArrayList<Arrival>();
    for (ReinforcedPair pair : pairs) {
      arrivals.add(new Arrival(pair.getPair().getPairId(), pair, 0, from + arrivals.size()));
    }
    store.take(arrivals, Map.of(0, from + arrivals.size()));
    return from + arrivals.size();
  }

  /** The trainer's rates: full until the last part of each round, then half a cosine to zero. */
  private void round(
      RoundPlan plan,
      BatchAssembler assembler,
      TrainSession session,
      boolean first,
      BiConsumer<Integer, Weights> look) {
    Schedule schedule =
        Schedule.flatThenCosine(
            learningRate, first ? WARM_UP_STEPS : 0, (long) (FLAT * plan.steps()), plan.steps());
    for (int step = 0; step < plan.steps(); step++) {
      session.setLearningRate(schedule.rate(step));
      session.step(assembler.assemble(step).batch());
      if ((step + 1) % lookEvery == 0 || step + 1 == plan.steps()) {
        try (Weights average = session.emaWeights()) {
          look.accept(step + 1, average);
        }
      }
    }
  }

  private Look look(
      String policy, int seed, int round, int step, ClipModel student, List<HeldOut> sets) {
    EmbeddingModel model = EmbeddingModel.of(student);
    double[] recall1 = new double[sets.size()];
    double[] recall5 = new double[sets.size()];
    for (int i = 0; i < sets.size(); i++) {
      recall1[i] = percent(sets.get(i).hits(model, 1));
      recall5[i] = percent(sets.get(i).hits(model, 5));
      csv.append(
          String.format(
              Locale.ROOT,
              "%s,%d,%d,%d,%s,%.2f,%.2f%n",
              policy,
              seed,
              round,
              step,
              sets.get(i).name(),
              recall1[i],
              recall5[i]));
    }
    System.err.printf(
        Locale.ROOT,
        "%s seed %d round %d step %d: recall@5 %s%n",
        policy,
        seed,
        round,
        step,
        java.util.Arrays.toString(recall5));
    return new Look(step, recall1, recall5);
  }

  private static double percent(boolean[] hits) {
    int count = 0;
    for (boolean hit : hits) {
      count += hit ? 1 : 0;
    }
    return 100.0 * count / hits.length;
  }

  private void report(Map<String, List<Outcome>> outcomes, int periodCount) {
    System.out.println(
        "| policy | in-domain @1 | backward @1 | forward @1 | in-domain @5 | backward @5 | forward @5 | last, all periods @5 |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    outcomes.forEach(
        (policy, runs) -> {
          if (policy.equals(SCRATCH)) {
            System.out.printf(
                Locale.ROOT,
                "| new start, all pairs, %d steps | | | | | | | %s |%n",
                steps * periodCount,
                spread(runs.stream().map(run -> run.ends().get(0).mean5()).toList()));
          } else {
            System.out.printf(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %s | %s | %s |%n",
                policy,
                transfer(runs, 0, false),
                transfer(runs, -1, false),
                transfer(runs, 1, false),
                transfer(runs, 0, true),
                transfer(runs, -1, true),
                transfer(runs, 1, true),
                spread(runs.stream().map(run -> run.ends().get(periodCount - 1).mean5()).toList()));
          }
        });
    List<Outcome> scratch = outcomes.getOrDefault(SCRATCH, List.of());
    outcomes.forEach(
        (policy, runs) -> {
          for (int i = 0; i < runs.size() && !policy.equals(SCRATCH); i++) {
            double goal = scratch.get(i).ends().get(0).mean5();
            System.out.println(
                "%s, seed %d: %s"
                    .formatted(
                        policy,
                        i + 1,
                        runs.get(i).last().stream()
                            .filter(look -> look.mean5() >= goal)
                            .findFirst()
                            .map(
                                look ->
                                    "reaches the new start's result after %d steps of the last round, %.0f %% of its %d"
                                        .formatted(
                                            look.step(),
                                            100.0 * look.step() / (steps * periodCount),
                                            steps * periodCount))
                            .orElse("does not reach the new start's result")));
          }
        });
  }

  /** The mean of E[round][period] where the period's number minus the round's has this sign. */
  private static String transfer(List<Outcome> runs, int sign, boolean atFive) {
    var means = new ArrayList<Double>();
    for (Outcome run : runs) {
      double sum = 0;
      int count = 0;
      for (int round = 0; round < run.ends().size(); round++) {
        double[] row = atFive ? run.ends().get(round).recall5() : run.ends().get(round).recall1();
        for (int period = 0; period < row.length; period++) {
          if (Integer.signum(period - round) == sign) {
            sum += row[period];
            count++;
          }
        }
      }
      means.add(sum / count);
    }
    return spread(means);
  }

  private static String spread(List<Double> values) {
    double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(0);
    double low = values.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double high = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    return String.format(Locale.ROOT, "%.1f (%.1f to %.1f)", mean, low, high);
  }
}
