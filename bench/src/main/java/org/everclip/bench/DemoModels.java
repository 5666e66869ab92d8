package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.formats.image.RgbImage;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The figures of {@code demo/MODELS.md}: what the demo's teachers and captioner know. */
@Command(
    name = "demo-models",
    description = "Measures the demo's teachers and captioner on held-out data; prints Markdown.",
    mixinStandardHelpOptions = true)
public final class DemoModels implements Callable<Integer> {

  @Option(
      names = "--models",
      required = true,
      description = "Folder of the three model directories.")
  Path models = Path.of("");

  @Option(
      names = "--train",
      required = true,
      arity = "1..*",
      description = "Shards the models learned from.")
  List<String> train = List.of();

  @Option(
      names = "--val",
      required = true,
      arity = "1..*",
      description = "Shards of unseen concepts.")
  List<String> validation = List.of();

  @Option(names = "--eval", arity = "0..*", description = "Benchmark folders.")
  List<Path> benchmarks = List.of();

  @Option(names = "--teachers-only", description = "Leave the captioner out.")
  boolean teachersOnly;

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new DemoModels()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    List<HeldOut> sets = new ArrayList<>();
    for (Path folder : benchmarks) {
      sets.add(HeldOut.benchmark(folder));
    }
    HeldOut unseen = HeldOut.shards("val (permissive)", validation, true);
    sets.add(unseen);
    try (ClipModel conv = ClipModel.load(models.resolve("teacher-conv"), Precision.FP32);
        ClipModel vit = ClipModel.load(models.resolve("teacher-vit"), Precision.FP32)) {
      EmbeddingModel first = remembering(EmbeddingModel.of(conv));
      EmbeddingModel second = remembering(EmbeddingModel.of(vit));
      teachers(sets, first, second);
      if (!teachersOnly) {
        captioner(first, second, unseen);
      }
    }
    return 0;
  }

  private void captioner(EmbeddingModel judge, EmbeddingModel finder, HeldOut unseen)
      throws IOException {
    HeldOut seen = HeldOut.shards("train", train, true);
    try (Captioner captioner = Captioner.load(models.resolve("captioner"), Precision.FP32)) {
      new CaptionQuality(captioner, judge, finder, seen, HeldOut.allTexts(train, true), unseen)
          .print(System.out);
    }
  }

  /** The same pictures and texts are asked for several times: alone, joined, and for classes. */
  private static EmbeddingModel remembering(EmbeddingModel model) {
    Map<List<RgbImage>, float[][]> images = new IdentityHashMap<>();
    Map<List<String>, float[][]> texts = new HashMap<>();
    return new EmbeddingModel() {
      @Override
      public float[][] images(List<RgbImage> asked) {
        return images.computeIfAbsent(asked, model::images);
      }

      @Override
      public float[][] texts(List<String> asked) {
        return texts.computeIfAbsent(asked, model::texts);
      }
    };
  }

  private static void teachers(List<HeldOut> sets, EmbeddingModel conv, EmbeddingModel vit) {
    EmbeddingModel both = EmbeddingModel.ensemble(List.of(conv, vit));
    System.out.println("| set | n | measure | conv | ViT | both | disagree |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    int differing = 0;
    int compared = 0;
    List<HeldOut.Scores> convScores = new ArrayList<>();
    List<HeldOut.Scores> vitScores = new ArrayList<>();
    List<HeldOut.Scores> bothScores = new ArrayList<>();
    for (HeldOut set : sets) {
      HeldOut.Scores a = set.evaluate(conv);
      HeldOut.Scores b = set.evaluate(vit);
      HeldOut.Scores c = set.evaluate(both);
      convScores.add(a);
      vitScores.add(b);
      bothScores.add(c);
      String disagree = "";
      if (set.isClassification()) {
        int differ = differing(set.predictions(conv), set.predictions(vit));
        differing += differ;
        compared += set.size();
        disagree = percent(100.0 * differ / set.size());
      }
      row(set.name(), set.size(), a, b, c, disagree);
    }
    row(
        "mean over sets",
        0,
        HeldOut.mean(convScores),
        HeldOut.mean(vitScores),
        HeldOut.mean(bothScores),
        compared == 0 ? "" : percent(100.0 * differing / compared));
  }

  private static void row(
      String name, int n, HeldOut.Scores a, HeldOut.Scores b, HeldOut.Scores c, String disagree) {
    boolean retrieval = Double.isFinite(a.recallAt1());
    boolean classification = Double.isFinite(a.accuracy());
    String measure =
        retrieval && classification ? "R@1 / R@5 / top-1" : retrieval ? "R@1 / R@5" : "top-1";
    System.out.printf(
        "| %s | %s | %s | %s | %s | %s | %s |%n",
        name, n == 0 ? "" : n, measure, cell(a), cell(b), cell(c), disagree);
  }

  private static String cell(HeldOut.Scores scores) {
    List<String> parts = new ArrayList<>();
    for (double value : new double[] {scores.recallAt1(), scores.recallAt5(), scores.accuracy()}) {
      if (Double.isFinite(value)) {
        parts.add(percent(value));
      }
    }
    return String.join(" / ", parts);
  }

  private static int differing(int[] a, int[] b) {
    int differing = 0;
    for (int i = 0; i < a.length; i++) {
      differing += a[i] == b[i] ? 0 : 1;
    }
    return differing;
  }

  static String percent(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
