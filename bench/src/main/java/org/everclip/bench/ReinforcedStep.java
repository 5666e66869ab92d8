package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.everclip.clip.cost.ModelCost;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Precision;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.clip.training.TrainSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What a reinforced step costs beside a plain one: with the same captions (only the loss differs),
 * and with two caption batches (Eq. 3 of MobileCLIP), where the text tower has twice the work. The
 * kinds of steps take turns, so that all of them meet the same machine.
 */
@Command(
    name = "reinforced-step",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Reinforced step / plain step, at equal student forwards and as in Eq. 3.")
public final class ReinforcedStep implements Callable<Integer> {

  private static final double LAMBDA = 0.7;
  private static final float TEACHER_SCALE = 50;
  private static final int VOCABULARY = 8000;
  private static final int WARM_UP = 3;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Option(names = "--model")
  private String model = "mobileclip-nano";

  @Option(names = "--precision", description = "auto, fp32 or bf16.")
  private String precision = "fp32";

  @Option(names = "--batch")
  private int batch = 128;

  @Option(names = "--dims", split = ",", description = "Width of each teacher's rows.")
  private List<Integer> dims = List.of(768, 768);

  @Option(names = "--part", description = "A fourth kind: Eq. 3 with so many pairs at once.")
  private int part;

  @Option(names = "--rounds", description = "Steps of each kind.")
  private int rounds = 20;

  private final Random random = new Random(1);

  /** A kind of step with what its steps took, in milliseconds. */
  private record Kind(TrainSession session, Batch batch, double[] cpu, double[] wall) {

    void step(int round) {
      long cpuBefore = THREADS.getCurrentThreadCpuTime();
      long wallBefore = System.nanoTime();
      session.step(batch);
      if (round >= 0) {
        cpu[round] = (THREADS.getCurrentThreadCpuTime() - cpuBefore) / 1e6;
        wall[round] = (System.nanoTime() - wallBefore) / 1e6;
      }
    }
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new ReinforcedStep()).execute(args));
  }

  @Override
  public Integer call() {
    Architecture named = Architecture.named(model);
    Architecture architecture =
        named.text().vocabularySize() == 0 ? named.withVocabularySize(VOCABULARY) : named;
    Batch both = batch(architecture);
    Batch real = new Batch(both.images(), both.realIds(), null, both.teachers());
    Objective reinforced = Objective.reinforced(LAMBDA);
    try (NDManager manager = NDManager.newBaseManager()) {
      Map<String, Kind> kinds = new LinkedHashMap<>();
      kinds.put("plain", kind(architecture, Objective.clip(), real, manager));
      kinds.put("reinforced, real captions", kind(architecture, reinforced, real, manager));
      kinds.put("reinforced, real and synthetic", kind(architecture, reinforced, both, manager));
      if (part > 0) {
        kinds.put(
            "the same in parts of " + part,
            kind(architecture, reinforced.inParts(part), both, manager));
      }
      for (int round = -WARM_UP; round < rounds; round++) {
        for (Kind kind : kinds.values()) {
          kind.step(round);
        }
      }
      report(kinds, ModelCost.of(architecture, Form.TRAIN));
    }
    return 0;
  }

  private Kind kind(
      Architecture architecture, Objective objective, Batch batch, NDManager manager) {
    TrainSession session =
        TrainSession.create(architecture, Precision.named(precision), objective, 1, manager);
    session.setLearningRate(1e-4);
    return new Kind(session, batch, new double[rounds], new double[rounds]);
  }

  private void report(Map<String, Kind> kinds, ModelCost cost) {
    double macs =
        (double) (cost.imageMacs() + 2 * cost.textMacs()) / (cost.imageMacs() + cost.textMacs());
    System.out.printf(
        Locale.ROOT,
        "%s %s, batch %d, teachers %s; a picture %.1f, a text %.1f million multiply-adds: Eq. 3 has %.3f times those of a plain step%n",
        model,
        precision,
        batch,
        dims,
        cost.imageMacs() / 1e6,
        cost.textMacs() / 1e6,
        macs);
    System.out.println(
        "| step | ms CPU, median | least | ms wall, median | / plain, median of turns | / plain, least | / MACs ratio |");
    System.out.println("|---|---|---|---|---|---|---|");
    Kind plain = kinds.values().iterator().next();
    kinds.forEach(
        (name, kind) -> {
          double[] ratios = new double[rounds];
          for (int i = 0; i < rounds; i++) {
            ratios[i] = kind.cpu()[i] / plain.cpu()[i];
          }
          boolean two = kind.batch().syntheticIds() != null;
          System.out.printf(
              Locale.ROOT,
              "| %s | %.1f | %.1f | %.1f | %.3f | %.3f | %s |%n",
              name,
              median(kind.cpu()),
              least(kind.cpu()),
              median(kind.wall()),
              median(ratios),
              least(kind.cpu()) / least(plain.cpu()),
              two ? String.format(Locale.ROOT, "%.3f", median(ratios) / macs) : "");
        });
  }

  private Batch batch(Architecture architecture) {
    int size = architecture.imageSize();
    var images = FloatBuffer.allocate(batch * 3 * size * size);
    while (images.hasRemaining()) {
      images.put(random.nextFloat());
    }
    var teachers = new ArrayList<TeacherBatch>();
    for (int dim : dims) {
      teachers.add(new TeacherBatch(dim, TEACHER_SCALE, rows(dim), rows(dim), rows(dim)));
    }
    return new Batch(images.flip(), ids(architecture), ids(architecture), teachers);
  }

  private float[] rows(int dim) {
    float[] rows = new float[batch * dim];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = (float) (random.nextGaussian() / Math.sqrt(dim));
    }
    return rows;
  }

  /** Words and padding; the end has the largest id. */
  private long[] ids(Architecture architecture) {
    int length = architecture.text().contextLength();
    long[] ids = new long[batch * length];
    for (int row = 0; row < batch; row++) {
      int words = 4 + random.nextInt(length - 6);
      for (int i = 0; i < words; i++) {
        ids[row * length + i] = 1 + random.nextInt(1000);
      }
      ids[row * length + words] = architecture.text().vocabularySize() - 1L;
    }
    return ids;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static double least(double[] values) {
    return Arrays.stream(values).min().orElse(Double.NaN);
  }
}
