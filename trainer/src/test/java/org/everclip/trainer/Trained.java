package org.everclip.trainer;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.checkpoint.CheckpointStore;
import org.everclip.trainer.checkpoint.Position;
import org.everclip.trainer.replay.ReplayStore;
import org.everclip.trainer.round.BatchAssembler;
import org.everclip.trainer.round.RoundPlan;
import org.everclip.trainer.round.RoundPlanner;
import org.everclip.trainer.round.TrainingBatch;

/** A very small student with a store of pairs, for tests that really train. */
final class Trained implements AutoCloseable {

  /** What the process dies of, as far as the code can tell. */
  static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  final EverclipConfig config;
  final Student student;
  final ReplayStore store;
  final List<Long> steps = new ArrayList<>();
  final List<Double> rates = new ArrayList<>();
  final List<String> quarantined = new ArrayList<>();
  double roundSeconds;
  Position end = Position.atStart("run", 0, 1);
  private final Path home;

  Trained(Path home, String... assignments) throws IOException {
    this.home = home;
    var all =
        new ArrayList<>(
            List.of(
                "trainer.batchSize=8",
                "trainer.roundSteps=12",
                "trainer.roundPairs=24",
                "trainer.checkpointSteps=5",
                "trainer.precision=fp32",
                "trainer.warmupSteps=4"));
    all.addAll(List.of(assignments));
    config = Settings.of(home, all.toArray(String[]::new));
    student = student(home);
    store = ReplayStore.open(home.resolve("store"), 1, 1000);
    store.take(Pairs.arrivals(0, 24, "2024"), Map.of(0, 24L));
  }

  /** A student of a few ten thousand parameters. */
  static Student student(Path home) throws IOException {
    Tokenizer tokenizer =
        Tokenizers.train(
            IntStream.range(0, 30).mapToObj(i -> "picture " + i + " of a colour").toList(), 560);
    Files.createDirectories(home);
    Path file = home.resolve("tokenizer.json");
    Tokenizers.write(tokenizer, file);
    Architecture nano = Architecture.named("mobileclip-nano");
    var text = nano.text();
    var architecture =
        new Architecture(
            "tiny",
            nano.family(),
            nano.naming(),
            16,
            32,
            new Architecture.FastVit(
                List.of(1, 1, 1, 1),
                List.of(8, 8, 16, 16),
                2,
                0.5,
                List.of(false, false, false, false),
                List.of(
                    Architecture.Mixer.REPMIXER,
                    Architecture.Mixer.REPMIXER,
                    Architecture.Mixer.REPMIXER,
                    Architecture.Mixer.REPMIXER),
                Architecture.AttentionNorm.BATCH,
                true),
            null,
            null,
            new Architecture.Text(
                12, tokenizer.vocabularySize(), 16, 2, 1, false, true, text.activation()),
            null);
    var preprocessing =
        new Preprocessing(
            32, new float[] {0, 0, 0}, new float[] {1, 1, 1}, Filter.BICUBIC, Fit.PAD_WHITE);
    return new Student(architecture, tokenizer, file, preprocessing, null);
  }

  RoundPlan plan() {
    var now = java.time.Instant.EPOCH;
    return new RoundPlanner(config.trainer(), store, "run").next(null, now, now, now).orElseThrow();
  }

  BatchAssembler assembler(RoundPlan plan) {
    return new BatchAssembler(plan, store, student.input(), List.of(), n -> {});
  }

  /**
   * Trains the round from wherever the checkpoints say, in a fresh session.
   *
   * @param killAt the step after which the process dies; 0 for never
   * @return SHA-256 of the weights and their average
   */
  String train(RoundPlan plan, String checkpoints, long killAt, UnaryOperator<TrainingBatch> change)
      throws Exception {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        var learner = new Learner(student, config.trainer(), manager)) {
      var runner =
          new RoundRunner(
              learner,
              new Handover(config.trainer(), learner, home.resolve("parents")),
              new CheckpointStore(home.resolve(checkpoints), 2),
              config.trainer(),
              cost(),
              events(killAt),
              () -> false);
      Position position = runner.resume();
      if (position == null) {
        position = Position.atStart("run", 0, 1);
        runner.checkpoint(position);
      }
      var assembler = assembler(plan);
      long start = System.nanoTime();
      end = runner.run(plan, step -> change.apply(assembler.assemble(step)), position);
      roundSeconds = (System.nanoTime() - start) * 1e-9;
      return digest(learner.session());
    }
  }

  /** For a machine that makes 1e9 operations a second, at 3600 an hour and 2 a pair. */
  RoundCost cost() {
    return RoundCost.of(student.architecture(), 1e9, new EverclipConfig.Cost(3600, "EUR", 2, 4, 0));
  }

  private TrainingEvents events(long killAt) {
    return new TrainingEvents() {
      @Override
      public void stepped(StepReport report) {
        steps.add(report.step());
        rates.add(report.learningRate());
        if (report.step() == killAt) {
          throw new Killed();
        }
      }

      @Override
      public void quarantined(
          int round, long step, List<String> pairIds, RejectionReason reason, String why) {
        quarantined.add(reason + "@" + step);
      }
    };
  }

  private String digest(TrainSession session) throws IOException {
    Path file = home.resolve("weights.safetensors");
    var text = new StringBuilder();
    try (Weights trained = session.trainWeights();
        Weights averaged = session.emaWeights()) {
      trained.save(file, Map.of());
      text.append(Sha256.hex(file));
      averaged.save(file, Map.of());
      text.append(Sha256.hex(file));
    }
    return text.toString();
  }

  @Override
  public void close() {
    store.close();
  }
}
