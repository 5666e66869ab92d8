package org.everclip.bench;

import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.everclip.bench.Timed.Time;
import org.everclip.clip.network.Precision;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Our models against open_clip on PyTorch, alternating in one run, one thread each, equal weights,
 * data type and layout. Ratios are of processor time, because other programs disturb the clock.
 */
@Command(
    name = "model-speed",
    description = "Compares the speed of our models with open_clip's; prints Markdown and CSV.",
    mixinStandardHelpOptions = true)
public final class ModelSpeed implements Callable<Integer> {

  private static final List<String> MODELS = List.of("MobileCLIP2-S0", "ViT-B-16");
  private static final int PREPARED = 8;

  @Option(
      names = "--python",
      required = true,
      description = "An interpreter that has torch and open_clip.")
  Path python = Path.of("");

  @Option(names = "--cases", description = "Run only cases whose label has this in it.")
  String cases = "";

  @Option(names = "--rounds", description = "Rounds of embedding (default ${DEFAULT-VALUE}).")
  int rounds = 5;

  @Option(names = "--steps", description = "Rounds of training (default ${DEFAULT-VALUE}).")
  int steps = 2;

  @Option(names = "--batch", description = "Of embedding (default ${DEFAULT-VALUE}).")
  int batch = PREPARED;

  @Option(names = "--step-batch", description = "Of training (default ${DEFAULT-VALUE}).")
  int stepBatch = 32;

  @Option(names = "--csv", description = "Where every single time goes.")
  Path csv = Path.of("model-speed.csv");

  private final List<String> lines = new ArrayList<>(List.of("case,side,round,wall,cpu"));

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new ModelSpeed()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    for (String model : MODELS) {
      List<SpeedCase> selected =
          all(model).stream().filter(one -> one.label().contains(cases)).toList();
      if (!selected.isEmpty()) {
        compare(model, selected);
      }
    }
    Files.write(csv, lines);
    return 0;
  }

  private List<SpeedCase> all(String model) {
    List<SpeedCase> list = new ArrayList<>();
    for (String kind : List.of("image", "text", "step")) {
      for (Precision precision : Precision.values()) {
        int size = kind.equals("step") ? stepBatch : batch;
        if (!kind.equals("step") || model.startsWith("Mobile")) {
          list.add(new SpeedCase(model, kind, precision, size, true));
        }
      }
    }
    return list;
  }

  private void compare(String name, List<SpeedCase> selected) throws IOException {
    Path folder = Files.createTempDirectory("model-speed");
    try (var reference = ReferenceProcess.start(python, name, folder)) {
      reference.prepare(PREPARED);
      try (var ours = new OurModel(name, folder)) {
        System.out.printf(
            Locale.ROOT,
            "%n%s: ours on PyTorch %s, reference on %s%n%n",
            name,
            Engine.getEngine("PyTorch").getVersion(),
            reference.versions());
        System.out.println(
            "| case | batch | ours, ms a sample | reference | **ratio** | wall ratio |"
                + " reference fp32 NCHW / ours | our fp32 / ours | cosine |");
        System.out.println("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        Map<String, Double> full = new LinkedHashMap<>();
        for (SpeedCase one : selected) {
          System.out.println(row(one, ours, reference, full));
        }
      }
    } finally {
      delete(folder);
    }
  }

  private String row(
      SpeedCase one, OurModel ours, ReferenceProcess reference, Map<String, Double> full)
      throws IOException {
    List<Time> mine = new ArrayList<>();
    List<Time> theirs = new ArrayList<>();
    List<Time> plain = new ArrayList<>();
    int count = one.trains() ? steps : rounds;
    double cosine =
        one.trains() ? Double.NaN : ours.agreement(one.precision(), one.kind(), PREPARED);
    for (int round = -1; round < count; round++) {
      Time a = ours.run(one);
      Time b = reference.run(one);
      if (round >= 0) {
        mine.add(log(one, "ours", round, a));
        theirs.add(log(one, "reference", round, b));
      }
    }
    // The other layout needs a model of its own there, so it comes after; not for training.
    for (int round = -1; round < (one.trains() ? -1 : count); round++) {
      Time time = reference.run(one.plain());
      if (round >= 0) {
        plain.add(log(one, "plain", round, time));
      }
    }
    double best = least(mine, Time::cpu);
    full.putIfAbsent(one.kind(), one.precision() == Precision.FP32 ? best : Double.NaN);
    return String.format(
        Locale.ROOT,
        "| %s | %d | %.1f | %.1f | **%.2f** | %.2f | %.2f | %.2f | %.6f |",
        one.label(),
        one.batch(),
        1e3 * best / one.batch(),
        1e3 * least(theirs, Time::cpu) / one.batch(),
        least(theirs, Time::cpu) / best,
        median(theirs, Time::wall) / median(mine, Time::wall),
        least(plain, Time::cpu) / best,
        full.get(one.kind()) / best,
        cosine);
  }

  private Time log(SpeedCase one, String side, int round, Time time) {
    lines.add(
        String.format(
            Locale.ROOT, "%s,%s,%d,%.6f,%.6f", one.label(), side, round, time.wall(), time.cpu()));
    return time;
  }

  private static double least(List<Time> times, ToDoubleFunction<Time> of) {
    return times.stream().mapToDouble(of).min().orElse(Double.NaN);
  }

  private static double median(List<Time> times, ToDoubleFunction<Time> of) {
    double[] sorted = times.stream().mapToDouble(of).sorted().toArray();
    return Arrays.stream(sorted).skip(sorted.length / 2).findFirst().orElse(Double.NaN);
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
