package org.everclip.dashboard.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.everclip.contracts.avro.TrainingMetric;

/**
 * A run's figures from its first step to its last, in bounded memory: when there are too many
 * points, neighbours become one, so an endless run stays visible as a whole. A step that is sent
 * again after a crash changes nothing but what it adds. Not thread-safe.
 */
public final class Curve {

  /** Most points that are kept. */
  static final int MOST_POINTS = 8192;

  private static final int MOST_NAMES = 64;
  private static final int MOST_ROUNDS = 2000;

  /** The trainer's mark of a publication among the values of a step. */
  private static final String PUBLISHED = "publishedVersion";

  /** A version that was published at a step. */
  public record Mark(long step, int version) {}

  /** One round: its steps, how long it took, and the mean of each figure over them. */
  public record Round(
      int round, long firstStep, long lastStep, double seconds, Map<String, Double> means) {}

  /** A value at a step, or NaN where the step has none. */
  public record Series(long[] steps, double[] values) {}

  /** What is known of a run at one moment. */
  public record Snapshot(
      String model,
      int round,
      long lastStep,
      Instant time,
      Map<String, Double> last,
      Map<String, Series> series,
      List<Mark> published,
      List<Round> rounds) {}

  private static final class RoundSum {
    final long firstStep;
    long lastStep;
    final Instant begin;
    Instant end;
    final Map<String, double[]> sums = new TreeMap<>();

    RoundSum(long step, Instant time) {
      firstStep = step;
      lastStep = step;
      begin = time;
      end = time;
    }
  }

  private final Map<String, double[]> values = new TreeMap<>();
  private final NavigableMap<Integer, RoundSum> rounds = new TreeMap<>();
  private final List<Mark> marks = new ArrayList<>();
  private final Map<String, Double> last = new TreeMap<>();
  private long[] steps = new long[256];
  private int size;

  /** Steps that a point stands for, and how many the last one has. */
  private int stride = 1;

  private int inLast = 1;
  private String model = "";
  private int round;
  private Instant time = Instant.EPOCH;

  void add(TrainingMetric metric) {
    model = metric.getModel();
    time = metric.getTime().isAfter(time) ? metric.getTime() : time;
    long step = metric.getStep();
    Double version = metric.getValues().get(PUBLISHED);
    if (version != null && marks.stream().noneMatch(mark -> mark.version() == version.intValue())) {
      marks.add(new Mark(step, version.intValue()));
    }
    int at = Arrays.binarySearch(steps, 0, size, step);
    boolean fresh = size == 0 || step > steps[size - 1];
    if (at < 0 && !fresh) {
      return;
    }
    boolean figures = metric.getValues().size() > (version == null ? 0 : 1);
    if (fresh && figures) {
      round = metric.getRound();
      at = append(step);
    }
    if (at < 0) {
      return;
    }
    for (Map.Entry<String, Double> entry : metric.getValues().entrySet()) {
      if (!entry.getKey().equals(PUBLISHED) && Double.isFinite(entry.getValue())) {
        put(entry.getKey(), at, entry.getValue());
        if (fresh) {
          sum(metric, entry.getKey(), entry.getValue());
        }
      }
    }
  }

  /**
   * The step begins a point, or joins the last one while that stands for fewer steps than others.
   */
  private int append(long step) {
    if (size > 0 && inLast < stride) {
      inLast++;
      steps[size - 1] = step;
      return size - 1;
    }
    if (size == MOST_POINTS) {
      halve();
    }
    inLast = 1;
    if (size == steps.length) {
      steps = Arrays.copyOf(steps, 2 * size);
      values.replaceAll((name, old) -> grown(old, steps.length));
    }
    steps[size] = step;
    return size++;
  }

  private void put(String name, int at, double value) {
    if (!values.containsKey(name) && values.size() >= MOST_NAMES) {
      return;
    }
    double[] series = values.computeIfAbsent(name, key -> grown(new double[0], steps.length));
    double known = series[at];
    boolean joins = at == size - 1 && inLast > 1 && !Double.isNaN(known);
    series[at] = joins ? known + (value - known) / inLast : value;
    if (at == size - 1) {
      last.put(name, value);
    }
  }

  private void sum(TrainingMetric metric, String name, double value) {
    RoundSum sum =
        rounds.computeIfAbsent(
            metric.getRound(), key -> new RoundSum(metric.getStep(), metric.getTime()));
    sum.lastStep = Math.max(sum.lastStep, metric.getStep());
    sum.end = metric.getTime().isAfter(sum.end) ? metric.getTime() : sum.end;
    double[] mean = sum.sums.computeIfAbsent(name, key -> new double[2]);
    mean[0] += value;
    mean[1]++;
    if (rounds.size() > MOST_ROUNDS) {
      rounds.pollFirstEntry();
    }
  }

  /** Two neighbours become their mean at the later step. */
  private void halve() {
    int half = size / 2;
    for (double[] series : values.values()) {
      for (int i = 0; i < half; i++) {
        double a = series[2 * i];
        double b = series[2 * i + 1];
        series[i] = Double.isNaN(a) ? b : Double.isNaN(b) ? a : (a + b) / 2;
      }
      Arrays.fill(series, half, series.length, Double.NaN);
    }
    for (int i = 0; i < half; i++) {
      steps[i] = steps[2 * i + 1];
    }
    size = half;
    stride *= 2;
  }

  private static double[] grown(double[] old, int length) {
    double[] grown = Arrays.copyOf(old, length);
    Arrays.fill(grown, old.length, length, Double.NaN);
    return grown;
  }

  Instant time() {
    return time;
  }

  Curves.Position position(String run) {
    return new Curves.Position(run, round, size == 0 ? 0 : steps[size - 1]);
  }

  Snapshot copy() {
    long[] at = Arrays.copyOf(steps, size);
    var series = new TreeMap<String, Series>();
    values.forEach((name, all) -> series.put(name, new Series(at, Arrays.copyOf(all, size))));
    var sums = new ArrayList<Round>();
    rounds.forEach((number, sum) -> sums.add(summary(number, sum)));
    long end = size == 0 ? 0 : steps[size - 1];
    return new Snapshot(
        model, round, end, time, new TreeMap<>(last), series, List.copyOf(marks), sums);
  }

  private static Round summary(int number, RoundSum sum) {
    var means = new TreeMap<String, Double>();
    sum.sums.forEach((name, mean) -> means.put(name, mean[0] / mean[1]));
    double seconds = Duration.between(sum.begin, sum.end).toMillis() / 1000.0;
    return new Round(number, sum.firstStep, sum.lastStep, seconds, means);
  }
}
