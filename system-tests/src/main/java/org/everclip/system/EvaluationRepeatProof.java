package org.everclip.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.everclip.clip.network.Precision;
import org.everclip.evaluation.ClipEvaluatedModel;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The same model twice on the same data, in another order and with another batch size: no sample's
 * verdict changes, except those that a change of a cosine by 1e-5 could change; these are listed.
 */
@Command(
    name = "evaluation-repeat-proof",
    mixinStandardHelpOptions = true,
    description = "Evaluates a model twice, in another order and batch size, and compares samples.")
public final class EvaluationRepeatProof implements Callable<Integer> {

  /** A cosine's rounding may differ by so much between batch sizes. */
  static final float ROUNDING = 1e-5f;

  @SuppressWarnings("UnusedVariable") // given by the script that runs proofs
  @Option(names = "--program", hidden = true)
  private Path program = Path.of("");

  @Option(names = "--model", required = true, description = "A model directory.")
  private Path model = Path.of("");

  @Option(names = "--data", required = true, description = "Folder of data sets.")
  private Path data = Path.of("");

  @Option(names = "--batch", description = "Of the second run (default: ${DEFAULT-VALUE}).")
  private int batch = 7;

  @Option(names = "--seed", description = "Of the second run's order (default: ${DEFAULT-VALUE}).")
  private long seed = 38;

  public static void main(String[] args) {
    System.exit(new CommandLine(new EvaluationRepeatProof()).execute(args));
  }

  @Override
  public Integer call() throws IOException {
    var tasks = new ArrayList<>(TaskCatalogue.local(data));
    tasks.addAll(TaskCatalogue.datacomp(data));
    tasks.addAll(TaskCatalogue.further(data));
    int compared = 0;
    boolean held = true;
    try (var evaluated = ClipEvaluatedModel.load(model, Precision.FP32)) {
      for (Task task : tasks) {
        try {
          SampleSource source = DatasetFolder.open(task);
          TaskOutcome first = new TaskRunner(evaluated).run(source);
          TaskOutcome second = new TaskRunner(evaluated, batch).run(Reordered.of(source, seed));
          List<Judgement> different = different(first, second);
          boolean excused = different.stream().allMatch(j -> j.margin() < ROUNDING);
          held &= excused;
          compared++;
          System.out.printf(
              Locale.ROOT,
              "%-52s %6d samples, %d verdicts differ%s%n",
              task.key(),
              first.samples(),
              different.size(),
              different.isEmpty() ? "" : excused ? ", all within rounding" : ": NOT rounding");
          different.forEach(j -> System.out.println("    " + j));
        } catch (UnavailableException e) {
          System.err.println(task.key() + ": " + e.getMessage());
        }
      }
    }
    System.out.println(compared + " tasks compared, " + (held ? "held" : "BROKEN"));
    return held && compared > 0 ? 0 : 1;
  }

  /** The first run's verdicts that the second does not repeat. */
  static List<Judgement> different(TaskOutcome first, TaskOutcome second) {
    Map<String, Judgement> again =
        second.correct().stream().collect(Collectors.toMap(Judgement::key, j -> j));
    if (again.size() != first.correct().size()) {
      throw new IllegalStateException("the runs judged different samples");
    }
    return first.correct().stream()
        .filter(
            j -> {
              Judgement other = again.get(j.key());
              return other == null || other.right() != j.right() || other.answer() != j.answer();
            })
        .toList();
  }

  /** The same samples in another order. */
  record Reordered(SampleSource source, List<Sample> samples) implements SampleSource {

    static Reordered of(SampleSource source, long seed) throws IOException {
      var samples = new ArrayList<Sample>();
      source.forEach(samples::add);
      Collections.shuffle(samples, new Random(seed));
      return new Reordered(source, samples);
    }

    @Override
    public Scoring scoring() {
      return source.scoring();
    }

    @Override
    public List<String> classNames() {
      return source.classNames();
    }

    @Override
    public List<String> templates() {
      return source.templates();
    }

    @Override
    public void forEach(Consumer<Sample> consumer) {
      samples.forEach(consumer);
    }

    @Override
    public String fingerprint() throws IOException {
      return source.fingerprint();
    }
  }
}
