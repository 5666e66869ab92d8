package org.everclip.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * A Python interpreter that runs a model of open_clip on demand, one line in and one line out. It
 * ends when closed. Used by one thread.
 */
final class ReferenceProcess implements Timed, AutoCloseable {

  private static final long CLOSING_SECONDS = 20;

  private final Process process;
  private final Writer orders;
  private final BufferedReader answers;
  private final String versions;

  private ReferenceProcess(Process process) throws IOException {
    this.process = process;
    orders = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
    versions = answer();
  }

  /**
   * @param folder where the script is put, and what it writes
   */
  static ReferenceProcess start(Path python, String model, Path folder) throws IOException {
    Path script = folder.resolve("reference.py");
    try (var in = ReferenceProcess.class.getResourceAsStream("reference.py")) {
      Files.write(script, Objects.requireNonNull(in).readAllBytes());
    }
    var builder =
        new ProcessBuilder(python.toString(), script.toString(), model, folder.toString());
    builder.environment().put("OMP_NUM_THREADS", "1");
    // The model hub is never asked; the weights are random.
    builder.environment().put("HF_HUB_OFFLINE", "1");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new ReferenceProcess(builder.start());
  }

  /** What runs there. */
  String versions() {
    return versions;
  }

  /** Writes weights, inputs and embeddings into the folder. */
  void prepare(int batch) {
    String answer = ask("prepare " + batch);
    if (!answer.equals("ok")) {
      throw new IllegalStateException("Expected ok, but the reference said " + answer);
    }
  }

  @Override
  public Time run(SpeedCase one) {
    String layout = one.channelsLast() ? "cl" : "nchw";
    String precision = one.precision().name().toLowerCase(Locale.ROOT);
    String[] words =
        ask("%s %s %s %d".formatted(one.kind(), precision, layout, one.batch())).split(" ");
    return new Time(Double.parseDouble(words[0]), Double.parseDouble(words[1]));
  }

  @Override
  public void close() throws IOException {
    orders.close();
    try {
      if (!process.waitFor(CLOSING_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private String ask(String order) {
    try {
      orders.write(order + "\n");
      orders.flush();
      return answer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String answer() throws IOException {
    String line = answers.readLine();
    if (line == null) {
      throw new IOException(
          "The reference ended, see its messages above; it needs torch, timm, safetensors, open_clip");
    }
    return line;
  }
}
