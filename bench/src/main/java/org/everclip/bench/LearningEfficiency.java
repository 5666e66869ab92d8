package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.everclip.bench.StoredPairs.Pair;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.AdamW;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.Schedule;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does reinforcement help? The same student on the same stream, plain CLIP against the reinforced
 * loss, at equal steps and against plain's own best step; several seeds, paired bootstrap over the
 * held-out queries.
 */
@Command(
    name = "learning-efficiency",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Plain CLIP against the reinforced loss on the demo's stream.")
public final class LearningEfficiency implements Callable<Integer> {

  @Option(names = "--program", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(names = "--model")
  private String model = "mobileclip-nano";

  @Option(names = "--seeds")
  private int seeds = 2;

  @Option(names = "--steps")
  private int steps = 300;

  @Option(names = "--batch")
  private int batch = 128;

  @Option(names = "--eval-every")
  private int evalEvery = 50;

  @Option(names = "--lambda")
  private double lambda = 0.7;

  @Option(names = "--teacher-scale")
  private float teacherScale = 20;

  @Option(names = "--lr")
  private double learningRate = 1e-3;

  @Option(names = "--eval", arity = "0..*", description = "More held-out benchmark folders.")
  private List<Path> more = new ArrayList<>();

  @Option(names = "--out", description = "Where every evaluation goes as CSV.")
  private Path out = Path.of("target/learning-efficiency.csv");

  /** Hits by set, then query; 0 or 1. */
  private record Look(int step, Map<String, boolean[]> top1, Map<String, boolean[]> top5) {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new LearningEfficiency()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    List<HeldOut> heldOut = heldOut();
    Tokenizer tokenizer =
        Tokenizers.load(program.resolve("demo/models/teacher-conv/tokenizer.json"));
    List<Pair> pairs = stored();
    System.err.printf("%d pairs reinforced%n", pairs.size());
    var csv = new StringBuilder("arm,seed,step,recallAt1,recallAt5,zeroShot\n");
    Map<String, List<List<Look>>> runs = new TreeMap<>();
    for (String arm : List.of("plain", "reinforced")) {
      for (int seed = 1; seed <= seeds; seed++) {
        List<Look> looks = train(arm, seed, pairs, tokenizer, heldOut);
        runs.computeIfAbsent(arm, name -> new ArrayList<>()).add(looks);
        for (Look look : looks) {
          csv.append(line(arm, seed, look, heldOut)).append('\n');
        }
      }
    }
    if (out.getParent() != null) {
      Files.createDirectories(out.getParent());
    }
    Files.writeString(out, csv);
    report(runs, heldOut);
    return 0;
  }

  private List<HeldOut> heldOut() throws IOException {
    var sets = new ArrayList<HeldOut>();
    try (Stream<Path> folders = Files.list(program.resolve("demo/eval"))) {
      for (Path folder : folders.sorted().toList()) {
        sets.add(HeldOut.benchmark(folder));
      }
    }
    sets.add(
        HeldOut.shards(
            "val-permissive", List.of(program.resolve("demo/val-permissive") + "/*.tar"), true));
    for (Path folder : more) {
      sets.add(HeldOut.benchmark(folder));
    }
    return sets;
  }

  private List<Pair> stored() throws IOException {
    try (ClipModel conv =
            ClipModel.load(program.resolve("demo/models/teacher-conv"), Precision.BF16);
        ClipModel vit = ClipModel.load(program.resolve("demo/models/teacher-vit"), Precision.BF16);
        Captioner captioner =
            Captioner.load(program.resolve("demo/models/captioner"), Precision.BF16);
        Stream<Path> shards = Files.list(program.resolve("demo/train-permissive"))) {
      return StoredPairs.reinforce(
          shards.sorted().toList(),
          List.of(conv, vit),
          captioner,
          new AugmentationRecipe(0.6, 1.0, 0.75, 4 / 3.0, true, 1, 5, 0.5),
          8,
          5);
    }
  }

  private List<Look> train(
      String arm, int seed, List<Pair> pairs, Tokenizer tokenizer, List<HeldOut> heldOut) {
    boolean reinforced = arm.equals("reinforced");
    Architecture architecture =
        Architecture.named(model).withVocabularySize(tokenizer.vocabularySize());
    Preprocessing openAi = Preprocessing.openAi(architecture.imageSize());
    var preprocessing =
        new Preprocessing(
            openAi.size(), openAi.mean(), openAi.std(), Filter.BICUBIC, Fit.PAD_WHITE);
    Objective objective =
        (reinforced ? Objective.reinforced(lambda) : Objective.clip()).with(AdamW.small());
    Schedule schedule = Schedule.flatThenCosine(learningRate, 20, (int) (0.6 * steps), steps);
    var looks = new ArrayList<Look>();
    var order = new Order(pairs.size(), seed);
    try (NDManager manager = NDManager.newBaseManager();
        TrainSession session =
            TrainSession.create(architecture, Precision.BF16, objective, seed, manager)) {
      for (int step = 1; step <= steps; step++) {
        session.setLearningRate(schedule.rate(step - 1));
        session.step(
            batch(
                order.next(batch),
                pairs,
                tokenizer,
                architecture,
                preprocessing,
                reinforced,
                seed,
                step));
        if (step % evalEvery == 0 || step == steps) {
          try (Weights average = session.emaWeights();
              ClipModel student =
                  ClipModel.of(architecture, average, tokenizer, preprocessing, Precision.FP32)) {
            Look look = look(step, student, heldOut);
            looks.add(look);
            System.err.println(line(arm, seed, look, heldOut));
          }
        }
      }
    }
    return looks;
  }

  private Batch batch(
      int[] chosen,
      List<Pair> pairs,
      Tokenizer tokenizer,
      Architecture architecture,
      Preprocessing preprocessing,
      boolean reinforced,
      int seed,
      int step) {
    int size = preprocessing.size();
    int length = architecture.text().contextLength();
    int n = chosen.length;
    float[] pixels = new float[n * 3 * size * size];
    long[] real = new long[n * length];
    long[] synthetic = new long[n * length];
    var rows = new ArrayList<float[][]>();
    int teachers = pairs.get(0).real().length;
    for (int k = 0; k < teachers; k++) {
      rows.add(new float[3][n * pairs.get(0).real()[k].length]);
    }
    var random = new Random(1_000_003L * seed + step);
    for (int i = 0; i < n; i++) {
      Pair pair = pairs.get(chosen[i]);
      int a = random.nextInt(pair.augmentations().size());
      int s = random.nextInt(pair.captions().size());
      Augmentation augmentation =
          reinforced
              ? pair.augmentations().get(a)
              : AugmentationRecipe.weak()
                  .sample(
                      pair.square().width(),
                      pair.square().height(),
                      size,
                      AugmentationRecipe.seeded(pair.id(), seed, step));
      preprocessing.toTensor(augmentation.apply(pair.square(), size), pixels, i * 3 * size * size);
      System.arraycopy(tokenizer.encode(pair.caption(), length), 0, real, i * length, length);
      System.arraycopy(
          tokenizer.encode(pair.captions().get(s), length), 0, synthetic, i * length, length);
      for (int k = 0; k < teachers; k++) {
        int dim = pair.real()[k].length;
        System.arraycopy(pair.image()[k][a], 0, rows.get(k)[0], i * dim, dim);
        System.arraycopy(pair.real()[k], 0, rows.get(k)[1], i * dim, dim);
        System.arraycopy(pair.synthetic()[k][s], 0, rows.get(k)[2], i * dim, dim);
      }
    }
    if (!reinforced) {
      return new Batch(FloatBuffer.wrap(pixels), real, null, List.of());
    }
    List<TeacherBatch> taught =
        rows.stream()
            .map(r -> new TeacherBatch(r[0].length / n, teacherScale, r[0], r[1], r[2]))
            .toList();
    return new Batch(FloatBuffer.wrap(pixels), real, synthetic, taught);
  }

  private static Look look(int step, ClipModel student, List<HeldOut> heldOut) {
    EmbeddingModel embedding = EmbeddingModel.of(student);
    var top1 = new TreeMap<String, boolean[]>();
    var top5 = new TreeMap<String, boolean[]>();
    for (HeldOut set : heldOut) {
      top1.put(set.name(), set.hits(embedding, 1));
      top5.put(
          set.name(), set.isClassification() ? set.hits(embedding, 1) : set.hits(embedding, 5));
    }
    return new Look(step, top1, top5);
  }

  private static String line(String arm, int seed, Look look, List<HeldOut> heldOut) {
    return String.format(
        Locale.ROOT,
        "%s,%d,%d,%.2f,%.2f,%.2f",
        arm,
        seed,
        look.step(),
        PairedBootstrap.mean(shares(List.of(look), heldOut, false, true)),
        PairedBootstrap.mean(shares(List.of(look), heldOut, false, false)),
        PairedBootstrap.mean(shares(List.of(look), heldOut, true, false)));
  }

  /** By set and query, the share of the looks that were right. */
  private static List<double[]> shares(
      List<Look> looks, List<HeldOut> heldOut, boolean classification, boolean first) {
    var shares = new ArrayList<double[]>();
    for (HeldOut set : heldOut) {
      if (set.isClassification() != classification) {
        continue;
      }
      List<boolean[]> hits =
          looks.stream().map(look -> (first ? look.top1() : look.top5()).get(set.name())).toList();
      shares.add(
          IntStream.range(0, hits.get(0).length)
              .mapToDouble(q -> hits.stream().mapToInt(h -> h[q] ? 1 : 0).average().orElseThrow())
              .toArray());
    }
    return shares;
  }

  private static void report(Map<String, List<List<Look>>> runs, List<HeldOut> heldOut) {
    List<List<Look>> plain = runs.getOrDefault("plain", List.of());
    List<List<Look>> reinforced = runs.getOrDefault("reinforced", List.of());
    int last = plain.get(0).size() - 1;
    System.out.println(
        "| measure | plain, equal steps | plain, its best step | reinforced | difference, equal steps [95 %] | against best step [95 %] |");
    System.out.println("|---|---|---|---|---|---|");
    row("recall@1", plain, reinforced, last, heldOut, false, true);
    row("recall@5", plain, reinforced, last, heldOut, false, false);
    row("zero-shot accuracy", plain, reinforced, last, heldOut, true, false);
  }

  private static void row(
      String name,
      List<List<Look>> plain,
      List<List<Look>> reinforced,
      int last,
      List<HeldOut> heldOut,
      boolean classification,
      boolean first) {
    List<double[]> end = shares(at(plain, last), heldOut, classification, first);
    int bestIndex =
        IntStream.rangeClosed(0, last)
            .boxed()
            .max(
                java.util.Comparator.comparingDouble(
                    i ->
                        PairedBootstrap.mean(shares(at(plain, i), heldOut, classification, first))))
            .orElseThrow();
    List<double[]> best = shares(at(plain, bestIndex), heldOut, classification, first);
    List<double[]> arm = shares(at(reinforced, last), heldOut, classification, first);
    var equal = PairedBootstrap.compare(end, arm, 1);
    var against = PairedBootstrap.compare(best, arm, 2);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.1f | %.1f (step %d) | %.1f | %+.1f [%+.1f, %+.1f] | %+.1f [%+.1f, %+.1f] |%n",
        name,
        PairedBootstrap.mean(end),
        PairedBootstrap.mean(best),
        plain.get(0).get(bestIndex).step(),
        PairedBootstrap.mean(arm),
        equal.difference(),
        equal.low(),
        equal.high(),
        against.difference(),
        against.low(),
        against.high());
  }

  private static List<Look> at(List<List<Look>> runs, int index) {
    return runs.stream().map(looks -> looks.get(index)).toList();
  }

  /** Endless seeded permutations of the pairs, cut into batches. */
  private static final class Order {

    private final Random random;
    private final List<Integer> permutation;
    private int at;

    Order(int size, long seed) {
      this.random = new Random(seed);
      this.permutation = new ArrayList<>(IntStream.range(0, size).boxed().toList());
      this.at = size;
    }

    int[] next(int count) {
      if (at + count > permutation.size()) {
        Collections.shuffle(permutation, random);
        at = 0;
      }
      int[] chosen =
          permutation.subList(at, at + count).stream().mapToInt(Integer::intValue).toArray();
      at += count;
      return chosen;
    }
  }
}
