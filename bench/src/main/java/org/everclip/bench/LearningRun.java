package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import org.everclip.bench.LearningStream.Row;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.AdamW;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;

/**
 * Trains one student and looks at it on the way. The learning rate is constant after its warm-up
 * and the running average of the weights is what is looked at, so a look at any step is as good as
 * the end of a run of that length. A run that has ended is not done again; one that was stopped
 * goes on from its last look, bit for bit.
 */
final class LearningRun {

  /**
   * What all runs share.
   *
   * @param model the student
   * @param lookEvery steps between two looks at retrieval
   * @param allEvery steps between two looks at everything
   */
  record Settings(
      Architecture model,
      int batch,
      int lookEvery,
      int allEvery,
      float teacherScale,
      Path folder) {}

  private static final int WARM_UP = 20;
  private static final double EMA = 0.98;

  private final Settings settings;
  private final List<Row> rows;
  private final Tokenizer tokenizer;
  private final Architecture architecture;
  private final Preprocessing preprocessing;
  private final List<HeldOut> all;
  private final List<HeldOut> retrieval;

  LearningRun(
      Settings settings,
      List<Row> rows,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      List<HeldOut> sets) {
    this.settings = settings;
    this.rows = rows;
    this.tokenizer = tokenizer;
    this.preprocessing = preprocessing;
    architecture = settings.model().withVocabularySize(tokenizer.vocabularySize());
    all = sets;
    retrieval = sets.stream().filter(set -> !set.isClassification()).toList();
  }

  Path file(LearningArm arm, double rate, int seed) {
    return settings.folder().resolve(arm.id(rate, seed) + ".looks");
  }

  /**
   * Runs unless it has been run that far. If another process is at it, the run is left to that one.
   *
   * @param wait whether to wait until that process has ended it
   */
  void run(LearningArm arm, double rate, int seed, int steps, boolean wait) throws IOException {
    Path file = file(arm, rate, seed);
    Files.createDirectories(settings.folder());
    try (FileChannel claim =
            FileChannel.open(
                file.resolveSibling(file.getFileName() + ".lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = wait ? claim.lock() : claim.tryLock()) {
      if (lock != null && LearningLooks.ended(file) < steps) {
        train(arm, rate, seed, steps, file);
      }
    }
  }

  private void train(LearningArm arm, double rate, int seed, int steps, Path file)
      throws IOException {
    AdamW optimizer = AdamW.small().withEmaDecay(EMA);
    Objective objective =
        (arm.reinforced() ? Objective.reinforced(arm.lambda()) : Objective.clip()).with(optimizer);
    var batches =
        new LearningBatches(
            rows,
            tokenizer,
            architecture.text().contextLength(),
            preprocessing,
            arm,
            settings.teacherScale(),
            seed);
    long begin = System.nanoTime();
    try (NDManager manager = NDManager.newBaseManager();
        TrainSession session =
            TrainSession.create(architecture, Precision.FP32, objective, seed, manager)) {
      Path state = file.resolveSibling(file.getFileName() + ".state");
      if (Files.exists(state)) {
        session.restore(state);
        batches.skip((int) session.steps(), settings.batch());
      }
      LearningLooks looks = LearningLooks.after(file, (int) session.steps());
      for (int step = (int) session.steps() + 1; step <= steps; step++) {
        session.setLearningRate(rate * Math.min(1.0, (double) step / WARM_UP));
        double loss = session.step(batches.next(step, settings.batch())).loss();
        if (step % settings.lookEvery() == 0 || step == steps) {
          boolean everything = step % settings.allEvery() == 0 || step == steps;
          look(session, step, everything ? all : retrieval, looks);
          session.save(state);
          System.err.printf(
              Locale.ROOT,
              "%s step %d/%d loss %.2f %.1f s%n",
              arm.id(rate, seed),
              step,
              steps,
              loss,
              (System.nanoTime() - begin) / 1e9);
        }
      }
      looks.end(steps);
    }
  }

  private void look(TrainSession session, int step, List<HeldOut> sets, LearningLooks looks)
      throws IOException {
    try (Weights average = session.emaWeights();
        ClipModel student =
            ClipModel.of(architecture, average, tokenizer, preprocessing, Precision.FP32)) {
      looks.look(step, EmbeddingModel.of(student), sets);
    }
  }
}
