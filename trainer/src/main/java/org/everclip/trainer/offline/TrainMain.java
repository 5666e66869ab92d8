package org.everclip.trainer.offline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Precision;
import org.everclip.clip.training.AdamW;
import org.everclip.clip.training.Objective;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.service.Interruption;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code everclip train}: learns from shards and writes a model directory. */
@Command(
    name = "train",
    description = "Trains a model on WebDataset shards and writes a model directory.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
public final class TrainMain implements Callable<Integer> {

  /** How strongly pictures are varied. */
  enum Strength {
    weak,
    mild,
    strong;

    AugmentationRecipe recipe() {
      return switch (this) {
        case weak -> AugmentationRecipe.weak();
        case mild -> AugmentationRecipe.mild();
        case strong -> AugmentationRecipe.datacompdr();
      };
    }
  }

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--data", arity = "1..*", description = "Shards, folders of shards, patterns.")
  List<String> data = List.of();

  @Option(names = "--model", description = "Architecture, for example mobileclip-nano.")
  String model = "";

  @Option(names = "--objective", description = "clip, coca, reinforced or sigmoid.")
  String objective = "clip";

  @Option(names = "--steps", required = true, description = "Number of steps.")
  int steps;

  @Option(names = "--out", description = "The model directory to write.")
  Path out = Path.of("");

  @Option(names = "--batch", description = "Pictures in a step.")
  int batch = 128;

  @Option(names = "--lr", description = "Highest learning rate.")
  double learningRate = 1e-3;

  @Option(names = "--warmup", description = "Steps until it is reached.")
  int warmup = 30;

  @Option(names = "--flat", description = "Share of the steps before it begins to fall.")
  double flat = 0.4;

  @Option(names = "--ema", description = "Decay of the running average of the weights.")
  double ema = 0.99;

  @Option(names = "--weight-decay", description = "Weight decay of matrices.")
  double weightDecay = 0.1;

  @Option(names = "--lambda", description = "Share of distillation (reinforced).")
  double lambda = 0.7;

  @Option(names = "--caption-weight", description = "Weight of the caption loss (coca).")
  double captionWeight = 2;

  @Option(names = "--label-smoothing", description = "Of the caption loss (coca).")
  double labelSmoothing = 0.05;

  @Option(
      names = "--teacher",
      arity = "0..*",
      description = "Model directories to learn from (reinforced).")
  List<Path> teachers = List.of();

  @Option(names = "--teacher-scale", description = "Logit scale of the teachers.")
  float teacherScale = 20;

  @Option(names = "--augmentation", description = "weak, mild or strong.")
  Strength augmentation = Strength.weak;

  @Option(names = "--mild-from", description = "Share of the steps after which weak becomes mild.")
  double mildFrom = 1;

  @Option(names = "--seed", description = "Decides weights, order and augmentation.")
  long seed = 1;

  @Option(names = "--precision", description = "fp32 or bf16.")
  String precision = "fp32";

  @Option(
      names = "--vocabulary-size",
      description = "Learn a vocabulary of so many ids from the captions.")
  int vocabularySize = 4096;

  @Option(names = "--tokenizer", description = "Take this tokenizer.json instead.")
  @Nullable Path tokenizer;

  @Option(
      names = "--eval",
      arity = "0..*",
      description = "Held-out benchmark folders or shards (*.tar).")
  List<String> eval = List.of();

  @Option(names = "--eval-every", description = "Steps between two looks at them.")
  int evalEvery = 100;

  @Option(
      names = "--init-image-from",
      description = "Take the image tower of this model directory.")
  @Nullable Path initImageFrom;

  @Option(
      names = "--init-from",
      description = "Go on from this model directory, in its architecture, instead of --model.")
  @Nullable Path initFrom;

  @Option(names = "--license-filter", description = "all or permissive.")
  String licenseFilter = "all";

  @Option(
      names = "--captions",
      description = "single: the caption; multi: any text of the picture, varied.")
  String captions = "single";

  @Option(
      names = "--export-job",
      paramLabel = "DIR",
      description =
          "Train nothing: write shards, a model and open_clip's command line for a cluster; needs"
              + " --store, --from, --steps.")
  @Nullable Path exportJob;

  @Option(names = "--store", description = "With --export-job: folder of a replay store.")
  @Nullable Path store;

  @Option(names = "--from", description = "With --export-job: model directory to begin with.")
  @Nullable Path from;

  @Option(names = "--threads", description = "Threads of a tensor operation.")
  int threads = 1;

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new TrainMain())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    check(steps > 0, "--steps must be positive");
    if (exportJob != null) {
      return export(exportJob);
    }
    check(
        !data.isEmpty() && !out.toString().isEmpty() && (initFrom != null || !model.isEmpty()),
        "--data, --out and --model (or --init-from) are needed to train");
    check(
        List.of("all", "permissive").contains(licenseFilter),
        "--license-filter is all or permissive");
    check(List.of("single", "multi").contains(captions), "--captions is single or multi");
    check(
        !objective.equals("reinforced") || lambda == 0 || !teachers.isEmpty(),
        "--objective reinforced needs --teacher DIR, or --lambda 0");
    check(
        initFrom == null || initImageFrom == null,
        "--init-from takes all that --init-image-from takes a part of; give one of them");
    objective();
    precision();
    StopSignal stop = new StopSignal();
    try (var interruption = Interruption.to(stop)) {
      return new OfflineTraining(this, stop).run() ? 0 : 1;
    }
  }

  private int export(Path target) throws IOException {
    check(store != null && from != null, "--export-job needs --store DIR and --from DIR");
    ExportedJob job =
        new ExportJob(
                java.util.Objects.requireNonNull(store),
                java.util.Objects.requireNonNull(from),
                steps,
                batch,
                learningRate,
                warmup,
                weightDecay,
                lambda)
            .write(target);
    System.err.printf("%d pairs in %d shards%n", job.pairs(), job.shards().size());
    System.out.println(target.resolve("train.sh"));
    return 0;
  }

  Objective objective() {
    AdamW small = AdamW.small();
    AdamW optimizer =
        new AdamW(
            small.beta1(),
            small.beta2(),
            small.epsilon(),
            weightDecay,
            small.maxGradientNorm(),
            ema);
    return switch (objective) {
      case "clip" -> Objective.clip().with(optimizer);
      case "coca" -> Objective.coca(captionWeight, labelSmoothing).with(optimizer);
      case "reinforced" -> Objective.reinforced(lambda).with(optimizer);
      case "sigmoid" -> Objective.sigmoid().with(optimizer);
      default -> throw wrong("--objective is clip, coca, reinforced or sigmoid, not " + objective);
    };
  }

  Precision precision() {
    return switch (precision) {
      case "fp32" -> Precision.FP32;
      case "bf16" -> Precision.BF16;
      default -> throw wrong("--precision is fp32 or bf16, not " + precision);
    };
  }

  private void check(boolean condition, String message) {
    if (!condition) {
      throw wrong(message);
    }
  }

  private RuntimeException wrong(String message) {
    return spec == null
        ? new IllegalArgumentException(message)
        : new ParameterException(spec.commandLine(), message);
  }
}
