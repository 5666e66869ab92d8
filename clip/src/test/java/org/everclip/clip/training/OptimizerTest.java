package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the one native call does with gradients, against the same arithmetic in double precision.
 * With beta1 = 0 the first moment is the clipped gradient.
 */
class OptimizerTest {

  private static final double RATE = 3e-3;
  private static final double UNCLIPPED = 1e9;

  private final NDManager manager = NDManager.newBaseManager();
  private final Network network = Networks.create(Golden.TINY_COCA, Precision.FP32, Form.TRAIN);

  @TempDir Path folder;

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  /** AdamW of Loshchilov and Hutter: decay apart from the gradient, epsilon outside the root. */
  @Test
  void fiveStepsAreAdamW() throws IOException {
    AdamW optimizer = new AdamW(0.9, 0.95, 1e-3, 0.3, UNCLIPPED, 0.5);
    try (TrainSession session = session(optimizer)) {
      Map<String, double[]> expected = new HashMap<>();
      of(session, "parameter.").forEach((name, values) -> expected.put(name, doubles(values)));
      Map<String, float[]> firstBefore = of(session, "first_moment.");
      Map<String, double[]> second = new HashMap<>();

      for (int t = 1; t <= 5; t++) {
        double rate = RATE / t;
        session.setLearningRate(rate);
        session.step(batch(t));
        Map<String, float[]> first = of(session, "first_moment.");
        for (TensorSpec spec : network.parameters()) {
          double[] p = expected.get(spec.name());
          float[] m = first.get(spec.name());
          double[] v = second.computeIfAbsent(spec.name(), name -> new double[p.length]);
          for (int i = 0; i < p.length; i++) {
            double gradient = (m[i] - 0.9 * firstBefore.get(spec.name())[i]) / (1 - 0.9);
            v[i] = 0.95 * v[i] + (1 - 0.95) * gradient * gradient;
            double unbiased = m[i] / (1 - Math.pow(0.9, t));
            double root = Math.sqrt(v[i] / (1 - Math.pow(0.95, t)));
            p[i] *= 1 - rate * (spec.decay() ? 0.3 : 0);
            p[i] -= rate * unbiased / (root + 1e-3);
          }
        }
        firstBefore = first;
      }

      Map<String, float[]> actual = of(session, "parameter.");
      double worst = 0;
      for (String name : expected.keySet()) {
        for (int i = 0; i < expected.get(name).length; i++) {
          worst = Math.max(worst, Math.abs(actual.get(name)[i] - expected.get(name)[i]));
        }
      }
      assertThat(worst).isLessThan(2e-6);
    }
  }

  /** A trap of element-wise clipping, which bounds one side only and turns the direction. */
  @Test
  void clippingScalesTheWholeGradient() throws IOException {
    double largest = 0.25;
    try (TrainSession free = session(new AdamW(0, 0.9, 1e-6, 0, UNCLIPPED, 0));
        TrainSession clipped = session(new AdamW(0, 0.9, 1e-6, 0, largest, 0))) {
      double norm = free.step(batch(1)).gradientNorm();
      assertThat(clipped.step(batch(1)).gradientNorm()).isEqualTo(norm).isGreaterThan(1);

      Map<String, float[]> gradients = of(free, "first_moment.");
      Map<String, float[]> scaled = of(clipped, "first_moment.");

      assertThat(length(gradients)).isCloseTo(norm, within(1e-5 * norm));
      assertThat(length(scaled)).isCloseTo(largest, within(1e-5 * largest));
      double worst = 0;
      boolean positive = false;
      boolean negative = false;
      for (var entry : gradients.entrySet()) {
        float[] part = scaled.get(entry.getKey());
        for (int i = 0; i < part.length; i++) {
          worst = Math.max(worst, Math.abs(part[i] - entry.getValue()[i] * largest / norm));
          positive |= part[i] > 1e-3;
          negative |= part[i] < -1e-3;
        }
      }
      assertThat(worst).isLessThan(1e-6);
      assertThat(positive && negative).isTrue();
    }
  }

  @Test
  void aSmallGradientIsNotScaledUp() throws IOException {
    try (TrainSession free = session(new AdamW(0, 0.9, 1e-6, 0, UNCLIPPED, 0));
        TrainSession bounded = session(new AdamW(0, 0.9, 1e-6, 0, 1e6, 0))) {
      free.step(batch(1));
      bounded.step(batch(1));

      assertThat(differing(of(free, "parameter."), of(bounded, "parameter."))).isEmpty();
    }
  }

  /** No decay for vectors and scalars: biases, norms and the logit scale. */
  @Test
  void onlyMatricesDecay() throws IOException {
    try (TrainSession plain = session(new AdamW(0.9, 0.95, 1e-6, 0, 1, 0.5));
        TrainSession decaying = session(new AdamW(0.9, 0.95, 1e-6, 0.5, 1, 0.5))) {
      Map<String, float[]> before = of(plain, "parameter.");
      plain.step(batch(1));
      decaying.step(batch(1));

      Map<String, float[]> without = of(plain, "parameter.");
      Map<String, float[]> with = of(decaying, "parameter.");
      Set<String> matrices =
          network.parameters().stream()
              .filter(spec -> spec.shape().length >= 2)
              .map(TensorSpec::name)
              .collect(Collectors.toSet());

      assertThat(differing(without, with)).isEqualTo(matrices).isNotEmpty();
      double worst = 0;
      for (String name : matrices) {
        for (int i = 0; i < without.get(name).length; i++) {
          double lost = RATE * 0.5 * before.get(name)[i];
          worst = Math.max(worst, Math.abs(without.get(name)[i] - with.get(name)[i] - lost));
        }
      }
      assertThat(worst).isLessThan(1e-6);
    }
  }

  /** The share of the new weights: 9/10 in the first step, then 9/11, until 1 - decay is more. */
  @Test
  void theAverageFollowsQuicklyAtFirst() throws IOException {
    double[] shares = {9 / 10.0, 9 / 11.0, 1 - 0.2, 1 - 0.2};
    try (TrainSession session = session(new AdamW(0.9, 0.95, 1e-6, 0.1, 1, 0.2))) {
      Map<String, float[]> averages = of(session, "average.");
      for (int t = 0; t < shares.length; t++) {
        session.step(batch(t));
        Map<String, float[]> weights = of(session, "parameter.");
        Map<String, float[]> after = of(session, "average.");
        double worst = 0;
        for (String name : weights.keySet()) {
          for (int i = 0; i < weights.get(name).length; i++) {
            double old = averages.get(name)[i];
            double expected = old + shares[t] * (weights.get(name)[i] - old);
            worst = Math.max(worst, Math.abs(after.get(name)[i] - expected));
          }
        }
        assertThat(worst).isLessThan(1e-6);
        averages = after;
      }
    }
  }

  private TrainSession session(AdamW optimizer) {
    TrainSession session =
        TrainSession.create(
            Golden.TINY_COCA, Precision.FP32, Objective.coca(2, 0).with(optimizer), 7, manager);
    session.setLearningRate(RATE);
    return session;
  }

  private Batch batch(int seed) {
    Random random = new Random(seed);
    int rows = 3;
    int size = network.imageSize();
    float[] images = new float[rows * 3 * size * size];
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    int length = network.contextLength();
    long[] ids = new long[rows * length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = i % length == 0 ? 510 : i % length == length - 1 ? 511 : 1 + random.nextInt(509);
    }
    return Batch.of(images, ids);
  }

  private Map<String, float[]> of(TrainSession session, String prefix) throws IOException {
    Path file = folder.resolve("state.safetensors");
    session.save(file);
    return Checkpoints.of(file, prefix);
  }

  private static Set<String> differing(Map<String, float[]> a, Map<String, float[]> b) {
    assertThat(a.keySet()).isEqualTo(b.keySet());
    return a.keySet().stream()
        .filter(name -> !Arrays.equals(a.get(name), b.get(name)))
        .collect(Collectors.toSet());
  }

  private static double length(Map<String, float[]> tensors) {
    double sum = 0;
    for (float[] tensor : tensors.values()) {
      for (float value : tensor) {
        sum += (double) value * value;
      }
    }
    return Math.sqrt(sum);
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }
}
