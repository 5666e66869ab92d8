package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.Objective;
import org.everclip.contracts.Sha256;
import org.everclip.formats.augment.AugmentationRecipe;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Does rehearsal keep what was learned? Periods arrive one after another; after each round every
 * period's held-out pairs are asked for (E matrix). Besides: a student that begins anew with all
 * pairs, for as many steps as all rounds have.
 */
@Command(
    name = "rehearsal",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Policies of rehearsal over periods, and warm start against a new start.")
public final class Rehearsal implements Callable<Integer> {

  private static final int VIEWS = 4;
  private static final int CAPTIONS = 2;
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

  @Option(names = "--student", description = "Its architecture, from the program's folder.")
  private Path student = Path.of("bench/rehearsal-student.json");

  @Option(names = "--train", description = "Pairs of each period.")
  private int train = 400;

  @Option(names = "--held-out", description = "Pairs held out of each period.")
  private int heldOut = 100;

  @Option(
      names = "--steps",
      description = "Of each round; at least 34, as the first warms up for 20.")
  private int steps = 250;

  @Option(names = "--batch")
  private int batch = 32;

  @Option(names = "--lr")
  private double learningRate = 1e-3;

  @Option(names = "--lambda")
  private double lambda = 0.7;

  @Option(
      names = "--plain",
      description = "CLIP's loss on the pairs' own captions, as TiC-CLIP trains; no teachers.")
  private boolean plain;

  @Option(names = "--replay-share", description = "Of each batch.")
  private double replayShare = 0.5;

  @Option(names = "--seeds", split = ",")
  private List<Integer> seeds = List.of(1, 2, 3);

  @Option(names = "--look-every", description = "Steps of the last round between two looks.")
  private int lookEvery = 50;

  @Option(names = "--idle-rounds", description = "Of rehearsal alone, after the last period.")
  private int idleRounds = 1;

  @Option(names = "--no-scratch", description = "Without the student that begins anew.")
  private boolean noScratch;

  @Option(names = "--work", description = "Where pairs and rounds are kept.")
  private Path work = Path.of("target/rehearsal");

  @Option(names = "--out", description = "Where every look goes as CSV, and the plot as SVG.")
  private Path out = Path.of("target/rehearsal.csv");

  public static void main(String[] args) {
    System.exit(new CommandLine(new Rehearsal()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Tokenizer tokenizer =
        Tokenizers.load(program.resolve("demo/models/teacher-conv/tokenizer.json"));
    String pairs =
        Sha256.hex(
                "%s %s %d %d %d %d %s"
                    .formatted(data, periods, train, heldOut, VIEWS, CAPTIONS, plain))
            .substring(0, 16);
    Path folder = work.resolve("pairs-" + pairs);
    var stream =
        new RehearsalPeriods(
            data,
            periods,
            train,
            heldOut,
            folder,
            plain ? Rehearsal::withViewsAlone : this::reinforce);
    Architecture architecture =
        Architecture.parse(Files.readString(program.resolve(student)))
            .withVocabularySize(tokenizer.vocabularySize());
    var settings =
        new RehearsalRounds.Settings(
            architecture,
            plain ? Objective.clip() : Objective.reinforced(lambda),
            steps,
            batch,
            learningRate,
            replayShare,
            lookEvery,
            idleRounds);
    var rounds = new RehearsalRounds(settings, stream, tokenizer, folder);
    var all = new ArrayList<>(policies);
    if (!noScratch) {
      all.add(RehearsalRounds.SCRATCH);
    }
    Map<String, List<List<RehearsalLook>>> outcomes = new LinkedHashMap<>();
    for (int seed : seeds) {
      for (String policy : all) {
        outcomes.computeIfAbsent(policy, name -> new ArrayList<>()).add(rounds.train(policy, seed));
      }
    }
    var report = new RehearsalReport(outcomes, seeds, stream.train().size(), steps);
    System.out.print(report.markdown());
    if (out.toAbsolutePath().getParent() != null) {
      Files.createDirectories(out.toAbsolutePath().getParent());
    }
    Files.writeString(out, report.csv());
    Path plot =
        out.resolveSibling(out.getFileName().toString().replaceFirst("\\.csv$", "") + ".svg");
    Files.writeString(plot, new RehearsalPlot(outcomes, stream.train().size()).svg());
    return 0;
  }

  private static List<StoredPairs.Pair> withViewsAlone(List<Path> shards) throws IOException {
    return StoredPairs.withViewsAlone(shards, RECIPE, VIEWS);
  }

  /** The demo's teachers and captioner. */
  private List<StoredPairs.Pair> reinforce(List<Path> shards) throws IOException {
    try (ClipModel conv =
            ClipModel.load(program.resolve("demo/models/teacher-conv"), Precision.FP32);
        ClipModel vit = ClipModel.load(program.resolve("demo/models/teacher-vit"), Precision.FP32);
        Captioner captioner =
            Captioner.load(program.resolve("demo/models/captioner"), Precision.FP32)) {
      return StoredPairs.reinforce(shards, List.of(conv, vit), captioner, RECIPE, VIEWS, CAPTIONS);
    }
  }
}
