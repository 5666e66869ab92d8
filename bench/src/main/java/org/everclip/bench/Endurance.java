package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Precision;
import org.everclip.clip.training.StepResult;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Trains the smallest student for a long time: native arrays must stay constant and resident memory
 * flat. The last column identifies the state, so two runs with one seed can be compared.
 */
@Command(
    name = "endurance",
    description =
        "Trains the nano student on drawn batches of 4; prints memory and state as Markdown. Fails"
            + " when native arrays grow or resident memory leaves +-5 % of its value after warm-up.",
    mixinStandardHelpOptions = true)
public final class Endurance implements Callable<Integer> {

  private static final double BAND = 0.05;
  private static final Path STATUS = Path.of("/proc/self/status");

  @Option(names = "--steps", defaultValue = "20000", description = "Steps (${DEFAULT-VALUE}).")
  long steps;

  @Option(names = "--rows", defaultValue = "20", description = "Rows (${DEFAULT-VALUE}).")
  int rows;

  @Option(names = "--seed", defaultValue = "1", description = "Seed (${DEFAULT-VALUE}).")
  long seed;

  @Option(names = "--precision", defaultValue = "FP32", description = "FP32 or BF16.")
  Precision precision = Precision.FP32;

  /** What was seen at a step. */
  private record Reading(long step, double seconds, int arrays, long residentKib) {}

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Endurance())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (rows < 2 || steps < rows) {
      throw new IllegalArgumentException("Expected at least 2 rows and as many steps");
    }
    List<Reading> readings = new ArrayList<>();
    System.out.println("| step | ms/step | arrays | RSS MiB | heap MiB | loss | state |");
    System.out.println("| --- | --- | --- | --- | --- | --- | --- |");
    try (NanoTraining training = new NanoTraining(precision, seed)) {
      for (int row = 1; row <= rows; row++) {
        long from = training.session().steps();
        long until = steps * row / rows;
        long begin = System.nanoTime();
        StepResult result = training.run(until);
        double seconds = (System.nanoTime() - begin) / 1e9;
        String state = training.hash();
        Reading reading =
            new Reading(until, seconds, training.session().managedArrays(), residentKib());
        readings.add(reading);
        System.out.printf(
            Locale.ROOT,
            "| %d | %.2f | %d | %.1f | %.1f | %.4f | %.12s |%n",
            until,
            1000 * seconds / (until - from),
            reading.arrays(),
            reading.residentKib() / 1024.0,
            Runtime.getRuntime().totalMemory() / 1048576.0,
            result.loss(),
            state);
      }
    }
    return verdict(readings) ? 0 : 1;
  }

  /** The first row is the warm-up. */
  private static boolean verdict(List<Reading> readings) {
    Reading warm = readings.get(0);
    double low = 1;
    double high = 1;
    boolean constant = true;
    for (Reading reading : readings) {
      double ratio = (double) reading.residentKib() / warm.residentKib();
      low = Math.min(low, ratio);
      high = Math.max(high, ratio);
      constant &= reading.arrays() == warm.arrays();
    }
    double seconds = readings.stream().mapToDouble(Reading::seconds).sum();
    boolean flat = low >= 1 - BAND && high <= 1 + BAND;
    System.out.printf(
        Locale.ROOT,
        "%n%d steps in %.0f s; native arrays %s; resident memory %+.1f %% to %+.1f %% of the first row: %s%n",
        readings.get(readings.size() - 1).step(),
        seconds,
        constant ? "constant" : "NOT constant",
        100 * (low - 1),
        100 * (high - 1),
        flat ? "flat" : "NOT flat");
    return constant && flat;
  }

  private static long residentKib() throws IOException {
    if (!Files.isReadable(STATUS)) {
      throw new IOException(STATUS + " cannot be read; resident memory is measured on Linux only");
    }
    String line =
        Files.readAllLines(STATUS).stream()
            .filter(text -> text.startsWith("VmRSS:"))
            .findFirst()
            .orElseThrow(() -> new IOException(STATUS + " has no VmRSS"));
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
