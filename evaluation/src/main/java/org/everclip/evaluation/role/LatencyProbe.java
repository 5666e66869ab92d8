package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.metric.Interval;
import org.everclip.formats.image.RgbImage;

/**
 * How long one picture and one text take at batch 1, after decoding and resizing and before
 * anything is done with the embeddings (the horizontal axis of MobileCLIP's Figure 1).
 */
final class LatencyProbe {

  private static final int WARM_UP = 10;
  private static final int RUNS = 50;

  /** Ranks that hold the median with 95 %: n/2 -+ 0.98 sqrt(n). */
  private static final int RANKS = (int) Math.ceil(0.98 * Math.sqrt(RUNS));

  private LatencyProbe() {}

  /**
   * Milliseconds.
   *
   * @param p50 of picture and text one after the other
   * @param interval of the median, by order statistics
   */
  record Latency(double p50, Interval interval, double image, double text) {

    Map<String, Double> metrics() {
      return Map.of("image", image, "text", text, "runs", (double) RUNS);
    }
  }

  static Latency measure(EvaluatedModel model) {
    List<RgbImage> picture = List.of(model.preprocess(RgbImage.filled(224, 224, 0x808080)));
    List<String> text = List.of("a photo of a cat that sits on a chair");
    double[] image = new double[RUNS];
    double[] words = new double[RUNS];
    double[] both = new double[RUNS];
    for (int run = -WARM_UP; run < RUNS; run++) {
      long begin = System.nanoTime();
      model.encodeImages(picture);
      long middle = System.nanoTime();
      model.encodeTexts(text);
      long end = System.nanoTime();
      if (run >= 0) {
        image[run] = (middle - begin) / 1e6;
        words[run] = (end - middle) / 1e6;
        both[run] = (end - begin) / 1e6;
      }
    }
    double median = median(both);
    return new Latency(
        median,
        new Interval(both[RUNS / 2 - RANKS], both[RUNS / 2 + RANKS - 1]),
        median(image),
        median(words));
  }

  /** Sorts. */
  private static double median(double[] millis) {
    Arrays.sort(millis);
    return (millis[(RUNS - 1) / 2] + millis[RUNS / 2]) / 2;
  }

  /** A name for this machine and arithmetic: figures of others are never compared. */
  static String suite(String precision) throws IOException {
    String machine =
        "%s %s %d %s"
            .formatted(
                System.getProperty("os.arch"),
                processor(),
                Runtime.getRuntime().availableProcessors(),
                precision);
    return "latency-" + Sha256.hex(machine.getBytes(UTF_8)).substring(0, 12);
  }

  private static String processor() throws IOException {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return System.getProperty("os.name");
    }
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith("model name") || line.startsWith("CPU part"))
          .findFirst()
          .orElse("");
    }
  }
}
