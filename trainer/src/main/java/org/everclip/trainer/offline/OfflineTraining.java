package org.everclip.trainer.offline;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.Schedule;
import org.everclip.clip.training.StepResult;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.service.StopSignal;

/** One run of {@code everclip train}; used once. */
final class OfflineTraining {

  /** Pictures are kept this much larger than the model's input, so that crops stay sharp. */
  private static final double MARGIN = 1.5;

  private static final int REPORT_EVERY = 20;

  private final TrainMain options;
  private final StopSignal stop;
  private final PrintStream console = System.err;

  OfflineTraining(TrainMain options, StopSignal stop) {
    this.options = options;
    this.stop = stop;
  }

  /**
   * Trains, unless it is stopped, and writes the model as far as it came.
   *
   * @return whether all steps were made
   */
  boolean run() throws IOException, InterruptedException {
    Engine.getInstance();
    JniUtils.setNumThreads(options.threads);
    Files.createDirectories(options.out);
    Architecture named = named();
    List<Described> samples = samples(named.imageSize());
    Path tokenizerFile = options.out.resolve(ModelDirectory.TOKENIZER);
    Tokenizer tokenizer = tokenizer(samples, tokenizerFile);
    Architecture architecture = named.withVocabularySize(tokenizer.vocabularySize());
    Preprocessing preprocessing = preprocessing(architecture.imageSize());
    List<HeldOut> heldOut = heldOut();
    try (NDManager manager = NDManager.newBaseManager();
        Weights begin = begin(architecture, manager);
        TrainSession session =
            TrainSession.create(
                architecture, options.precision(), options.objective(), begin, manager)) {
      int steps = loop(session, samples, tokenizer, preprocessing, heldOut);
      console.println(
          steps == 0
              ? "Stopped before the first step; nothing was written"
              : "Wrote %s after %d of %d steps".formatted(options.out, steps, options.steps));
      return steps == options.steps;
    }
  }

  private Architecture named() throws IOException {
    return options.initFrom == null
        ? Architecture.named(options.model)
        : ModelDirectory.read(options.initFrom).architecture();
  }

  private void write(TrainSession session, Preprocessing preprocessing, int pairs, int steps)
      throws IOException {
    try (Weights average = session.emaWeights()) {
      ModelDirectory.write(
          options.out,
          session.architecture(),
          average,
          options.out.resolve(ModelDirectory.TOKENIZER),
          preprocessing,
          card(pairs, steps));
    }
  }

  private List<Described> samples(int imageSize) throws IOException {
    boolean permissive = options.licenseFilter.equals("permissive");
    List<Described> samples =
        DescribedSet.read(options.data, (int) (imageSize * MARGIN), permissive);
    if (options.objective.equals("coca")) {
      samples = samples.stream().filter(sample -> !sample.targets().isEmpty()).toList();
    }
    console.printf(
        "%d pictures of %d concepts%n",
        samples.size(), samples.stream().map(Described::concept).distinct().count());
    return samples;
  }

  private Tokenizer tokenizer(List<Described> samples, Path file) throws IOException {
    if (options.tokenizer != null) {
      Tokenizer given = Tokenizers.load(options.tokenizer);
      Tokenizers.write(given, file);
      return given;
    }
    List<String> texts = new ArrayList<>();
    samples.forEach(sample -> texts.addAll(sample.texts()));
    Tokenizer learned = Tokenizers.train(texts, options.vocabularySize);
    Tokenizers.write(learned, file);
    console.printf("learned a vocabulary of %d ids%n", learned.vocabularySize());
    return learned;
  }

  private List<HeldOut> heldOut() throws IOException {
    List<HeldOut> sets = new ArrayList<>();
    for (String source : options.eval) {
      sets.add(
          source.endsWith(".tar")
              ? HeldOut.shards(source, List.of(source), options.licenseFilter.equals("permissive"))
              : HeldOut.benchmark(Path.of(source)));
    }
    return sets;
  }

  private Weights begin(Architecture architecture, NDManager manager) throws IOException {
    Network network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    if (options.initFrom != null) {
      return goOn(ModelDirectory.read(options.initFrom), architecture, manager);
    }
    Weights fresh = Weights.initialize(network, manager, options.seed);
    if (options.initImageFrom == null) {
      return fresh;
    }
    try (fresh;
        Weights donor = ModelDirectory.read(options.initImageFrom).trainWeights(manager)) {
      return ImageTower.transplant(network, fresh, donor, manager);
    }
  }

  private static Weights goOn(ModelDirectory from, Architecture architecture, NDManager manager)
      throws IOException {
    if (!from.architecture().equals(architecture)) {
      throw new IllegalArgumentException(
          "%s knows %d ids, but the tokenizer given has %d; give --tokenizer %s"
              .formatted(
                  from.path(),
                  from.architecture().text().vocabularySize(),
                  architecture.text().vocabularySize(),
                  from.tokenizerFile()));
    }
    return from.trainWeights(manager);
  }

  /** Returns how many steps were made. */
  private int loop(
      TrainSession session,
      List<Described> samples,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      List<HeldOut> heldOut)
      throws IOException, InterruptedException {
    int length = session.architecture().text().contextLength();
    CaptionSampler captions =
        new CaptionSampler(tokenizer, length, options.captions.equals("multi"), samples);
    Schedule schedule =
        Schedule.flatThenCosine(
            options.learningRate,
            Math.min(options.warmup, options.steps),
            Math.max(Math.min(options.warmup, options.steps), (int) (options.flat * options.steps)),
            options.steps);
    try (Teachers teachers = Teachers.load(options.teachers, options.teacherScale);
        BatchSource batches =
            new BatchSource(
                samples,
                captions,
                new BatchSource.Settings(
                    options.objective.equals("coca"),
                    step ->
                        step < options.mildFrom * options.steps
                            ? options.augmentation.recipe()
                            : TrainMain.Strength.mild.recipe(),
                    options.batch,
                    options.seed),
                preprocessing,
                teachers);
        Curves curves = new Curves(options.out.resolve("curves.csv"))) {
      long begin = System.nanoTime();
      int step = 0;
      while (step < options.steps && !stop.requested()) {
        step++;
        session.setLearningRate(schedule.rate(step - 1));
        StepResult result = session.step(batches.next());
        boolean last = step == options.steps || stop.requested();
        boolean look = last || step % options.evalEvery == 0;
        List<HeldOut.Scores> scores =
            look && !stop.requested() && !heldOut.isEmpty()
                ? List.of(evaluate(session, tokenizer, preprocessing, heldOut))
                : List.of();
        curves.add(step, schedule.rate(step - 1), result, scores);
        if (look) {
          write(session, preprocessing, samples.size(), step);
        }
        if (step % REPORT_EVERY == 0 || !scores.isEmpty()) {
          report(step, result, scores, Duration.ofNanos(System.nanoTime() - begin));
        }
      }
      return step;
    }
  }

  private static HeldOut.Scores evaluate(
      TrainSession session,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      List<HeldOut> heldOut) {
    try (Weights average = session.emaWeights();
        ClipModel model =
            ClipModel.of(
                session.architecture(), average, tokenizer, preprocessing, Precision.FP32)) {
      return HeldOut.mean(
          heldOut.stream().map(set -> set.evaluate(EmbeddingModel.of(model))).toList());
    }
  }

  private void report(int step, StepResult result, List<HeldOut.Scores> scores, Duration elapsed) {
    double seconds = elapsed.toMillis() / 1000.0;
    double left = seconds / step * (options.steps - step);
    console.printf(
        Locale.ROOT,
        "step %d/%d  loss %.3f  scale %.1f  %.2f s/step  %.0f s left%n",
        step,
        options.steps,
        result.loss(),
        result.logitScale(),
        seconds / step,
        left);
    for (HeldOut.Scores score : scores) {
      console.printf(
          Locale.ROOT,
          "  held out: R@1 %.1f  R@5 %.1f  zero-shot %.1f%n",
          score.recallAt1(),
          score.recallAt5(),
          score.accuracy());
    }
  }

  /** CLIP's normalisation; pictures keep their shape on a white square. */
  static Preprocessing preprocessing(int size) {
    Preprocessing openAi = Preprocessing.openAi(size);
    return new Preprocessing(size, openAi.mean(), openAi.std(), Filter.BICUBIC, Fit.PAD_WHITE);
  }

  private Map<String, Object> card(int pairs, int steps) {
    Map<String, Object> card = new LinkedHashMap<>();
    card.put("objective", options.objective);
    card.put("pairs", pairs);
    card.put("steps", steps);
    card.put("batch", options.batch);
    card.put("seed", options.seed);
    card.put("license", "Apache-2.0");
    card.put("data_licenses", options.licenseFilter);
    return card;
  }
}
