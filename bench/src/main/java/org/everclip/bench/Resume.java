package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.Sha256;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Whether training repeats itself bit for bit. Four processes of one seed: two train from the start
 * to the end, one to the middle, and one goes on from there.
 */
@Command(
    name = "resume",
    description =
        "Trains the nano student in four processes of one seed (whole, whole again, first half,"
            + " second half) and compares the bits of the saved states.",
    mixinStandardHelpOptions = true)
public final class Resume implements Callable<Integer> {

  @Option(names = "--steps", defaultValue = "100", description = "Steps (${DEFAULT-VALUE}).")
  int steps;

  @Option(
      names = "--precision",
      split = ",",
      defaultValue = "FP32,BF16",
      description = "FP32, BF16 or both (${DEFAULT-VALUE}).")
  List<Precision> precisions = List.of();

  /** SHA-256 of the states after the last step. */
  record Outcome(String whole, String again, String resumed) {

    boolean same() {
      return whole.equals(again) && whole.equals(resumed);
    }
  }

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Resume()).setCaseInsensitiveEnumValuesAllowed(true).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    System.out.println("| precision | steps | whole | again | half + half | |");
    System.out.println("| --- | --- | --- | --- | --- | --- |");
    boolean same = true;
    for (Precision precision : precisions) {
      Outcome outcome = compare(precision, steps);
      same &= outcome.same();
      System.out.printf(
          Locale.ROOT,
          "| %s | %d | %.12s | %.12s | %.12s | %s |%n",
          precision,
          steps,
          outcome.whole(),
          outcome.again(),
          outcome.resumed(),
          outcome.same() ? "bit-identical" : "DIFFERENT");
    }
    return same ? 0 : 1;
  }

  static Outcome compare(Precision precision, int steps) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("resume");
    Path whole = folder.resolve("whole.safetensors");
    Path again = folder.resolve("again.safetensors");
    Path half = folder.resolve("half.safetensors");
    Path resumed = folder.resolve("resumed.safetensors");
    try {
      train(precision, steps, whole, null);
      train(precision, steps, again, null);
      train(precision, steps / 2, half, null);
      train(precision, steps, resumed, half);
      return new Outcome(hash(whole), hash(again), hash(resumed));
    } finally {
      for (Path file : List.of(whole, again, half, resumed)) {
        Files.deleteIfExists(file);
      }
      Files.delete(folder);
    }
  }

  private static String hash(Path file) throws IOException {
    return Sha256.hex(file);
  }

  private static void train(Precision precision, int until, Path result, @Nullable Path begin)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=1",
            "-Dai.djl.pytorch.graph_optimizer=false",
            "-cp",
            System.getProperty("java.class.path"),
            Part.class.getName(),
            precision.name(),
            Integer.toString(until),
            result.toString()));
    if (begin != null) {
      command.add(begin.toString());
    }
    int exit = new ProcessBuilder(command).inheritIO().start().waitFor();
    if (exit != 0) {
      throw new IOException("Training until step " + until + " ended with exit code " + exit);
    }
  }

  /** One of the processes: PRECISION UNTIL RESULT [BEGIN]. */
  static final class Part {

    private static final long SEED = 1;

    private Part() {}

    public static void main(String[] arguments) throws IOException {
      try (NanoTraining training = new NanoTraining(Precision.valueOf(arguments[0]), SEED)) {
        if (arguments.length > 3) {
          training.session().restore(Path.of(arguments[3]));
        }
        training.run(Long.parseLong(arguments[1]));
        training.session().save(Path.of(arguments[2]));
      }
    }
  }
}
