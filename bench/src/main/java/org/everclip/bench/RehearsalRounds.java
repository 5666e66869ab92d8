package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.Schedule;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.service.ConfigLoader;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.replay.Arrival;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.BatchAssembler;
import org.everclip.trainer.round.BatchAssembler.StudentInput;
import org.everclip.trainer.round.RoundPlan;
import org.everclip.trainer.round.RoundPlanner;
import org.everclip.trainer.round.RoundSchedule;

/**
 * Trains a stream's rounds with the trainer's own store, plans and batches. A round's outcome is
 * kept under the digest of all batches up to its end: what two policies share (the first round, for
 * one) is trained once, and a command that was stopped goes on with the next round.
 */
final class RehearsalRounds {

  /** A student that begins anew when all pairs are there. */
  static final String SCRATCH = "scratch";

  private static final int WARM_UP_STEPS = 20;
  private static final double FLAT = 0.6;
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * How a student learns.
   *
   * @param steps of each round
   * @param lookEvery steps of the last rounds between two looks
   * @param idleRounds of rehearsal alone, after the last period
   */
  record Settings(
      Architecture architecture,
      Objective objective,
      int steps,
      int batch,
      double learningRate,
      double replayShare,
      int lookEvery,
      int idleRounds) {

    private String digest() {
      return Sha256.hex(
              "%s %d %d %s %s %d"
                  .formatted(
                      architecture.toJson(), steps, batch, learningRate, objective, lookEvery))
          .substring(0, 16);
    }
  }

  private final Settings settings;
  private final RehearsalPeriods stream;
  private final Tokenizer tokenizer;
  private final Preprocessing preprocessing;
  private final Path folder;

  RehearsalRounds(Settings settings, RehearsalPeriods stream, Tokenizer tokenizer, Path folder)
      throws IOException {
    this.settings = settings;
    this.stream = stream;
    this.tokenizer = tokenizer;
    this.folder = Files.createDirectories(folder.resolve("rounds-" + settings.digest()));
    preprocessing =
        new Preprocessing(
            settings.architecture().imageSize(),
            new float[] {0, 0, 0},
            new float[] {1, 1, 1},
            Filter.BICUBIC,
            Fit.PAD_WHITE);
  }

  /** Looks at the ends of the rounds, and during the last one and what follows it. */
  List<RehearsalLook> train(String policy, int seed) throws IOException {
    boolean scratch = policy.equals(SCRATCH);
    List<List<ReinforcedPair>> arriving = new ArrayList<>(stream.train().values());
    int rounds = scratch ? 1 : arriving.size();
    int idle = scratch || policy.equals("none") ? 0 : settings.idleRounds();
    EverclipConfig.Trainer trainer = trainer(policy, seed, rounds + idle);
    Path state = Files.createTempDirectory("rehearsal-store");
    var looks = new ArrayList<RehearsalLook>();
    try (var store = ReplayStore.open(state, seed, trainer.reservoirCapacity())) {
      var planner = new RoundPlanner(trainer, store, policy + seed);
      RoundPlan plan = null;
      String key = "begin-" + seed;
      long offset = 0;
      for (int round = 1; round <= rounds + idle; round++) {
        if (round <= rounds) {
          for (var pairs : scratch ? arriving : arriving.subList(round - 1, round)) {
            offset = arrive(store, pairs, offset);
          }
        }
        Instant now = Instant.EPOCH;
        plan = planner.next(plan, now, now, now.plus(Duration.ofDays(1))).orElseThrow();
        String before = key;
        key = digest(before, plan);
        List<RehearsalLook> kept = kept(key);
        looks.addAll(
            kept.isEmpty() ? round(plan, store, before, key, seed, round >= rounds) : kept);
        RehearsalLook end = looks.get(looks.size() - 1);
        System.err.printf(
            Locale.ROOT,
            "%s seed %d round %d: recall@5 %.1f %s%n",
            policy,
            seed,
            round,
            end.mean(5),
            kept.isEmpty() ? "" : "(known)");
        store.settle(plan.newPairs(), plan.to());
      }
    }
    return looks;
  }

  private List<RehearsalLook> round(
      RoundPlan plan, ReplayStore store, String before, String key, int seed, boolean looking)
      throws IOException {
    var input =
        new StudentInput(tokenizer, settings.architecture().text().contextLength(), preprocessing);
    var assembler = new BatchAssembler(plan, store, input, List.of(), held -> {});
    var looks = new ArrayList<RehearsalLook>();
    try (NDManager manager = NDManager.newBaseManager();
        TrainSession session =
            TrainSession.create(
                settings.architecture(), Precision.FP32, settings.objective(), seed, manager)) {
      if (plan.round() > 1) {
        session.restore(state(before));
      }
      // The trainer's rates: full until the last part of each round, then half a cosine to zero.
      Schedule schedule =
          Schedule.flatThenCosine(
              settings.learningRate(),
              plan.round() == 1 ? WARM_UP_STEPS : 0,
              (long) (FLAT * plan.steps()),
              plan.steps());
      for (int step = 0; step < plan.steps(); step++) {
        session.setLearningRate(schedule.rate(step));
        session.step(assembler.assemble(step).batch());
        boolean end = step + 1 == plan.steps();
        if (end || (looking && (step + 1) % settings.lookEvery() == 0)) {
          looks.add(look(plan.round(), step + 1, session));
        }
      }
      Path aside = folder.resolve(key + ".aside");
      session.save(aside);
      Files.move(aside, state(key), StandardCopyOption.ATOMIC_MOVE);
      JSON.writeValue(aside.toFile(), looks);
      Files.move(aside, looks(key), StandardCopyOption.ATOMIC_MOVE);
    }
    return looks;
  }

  private RehearsalLook look(int round, int step, TrainSession session) {
    try (Weights average = session.emaWeights();
        ClipModel student =
            ClipModel.of(
                settings.architecture(), average, tokenizer, preprocessing, Precision.FP32)) {
      return RehearsalLook.take(round, step, EmbeddingModel.of(student), stream.heldOut());
    }
  }

  private List<RehearsalLook> kept(String key) throws IOException {
    return Files.exists(looks(key))
        ? JSON.readValue(looks(key).toFile(), new TypeReference<List<RehearsalLook>>() {})
        : List.of();
  }

  private Path state(String key) {
    return folder.resolve(key + ".safetensors");
  }

  private Path looks(String key) {
    return folder.resolve(key + ".json");
  }

  private static String digest(String before, RoundPlan plan) {
    RoundSchedule schedule = RoundSchedule.of(plan);
    var text = new StringBuilder(before).append(' ').append(plan.seed());
    for (int step = 0; step < plan.steps(); step++) {
      text.append(' ').append(schedule.batch(step));
    }
    return Sha256.hex(text.toString()).substring(0, 24);
  }

  private EverclipConfig.Trainer trainer(String policy, int seed, int rounds) {
    int all = stream.train().values().stream().mapToInt(List::size).sum();
    boolean scratch = policy.equals(SCRATCH);
    int steps = settings.steps() * (scratch ? stream.train().size() : 1);
    return new ConfigLoader(Map.of())
        .load(
            Path.of("."),
            null,
            List.of(
                "trainer.seed=" + seed,
                "trainer.synthetic=" + (settings.objective().kind() == Objective.Kind.REINFORCED),
                "trainer.replay=" + (scratch ? "none" : policy),
                "trainer.replayShare=" + settings.replayShare(),
                "trainer.batchSize=" + settings.batch(),
                "trainer.roundSteps=" + steps,
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
}
