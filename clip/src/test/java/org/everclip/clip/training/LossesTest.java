package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.everclip.clip.training.Objective.Distillation.CROSS_ENTROPY;
import static org.everclip.clip.training.Objective.Distillation.DIVERGENCE;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The losses against the reference training code in float64, and against their definitions. */
class LossesTest {

  private final NDManager manager = NDManager.newBaseManager();
  private final Losses losses = Losses.load(manager);

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({"FLOAT64, 1e-9", "FLOAT32, 1e-5"})
  void agreeWithTheReference(DataType type, double tolerance) throws IOException {
    int compared = 0;
    for (LossGolden golden : LossGolden.all()) {
      Losses.Pair real = measure(golden, "text", type);
      Losses.Pair synthetic = measure(golden, "syn_text", type);

      assertPair(real, golden.run().path("parts").path("text"), tolerance);
      assertPair(synthetic, golden.run().path("parts").path("syn_text"), tolerance);
      for (JsonNode expected : golden.results()) {
        double lambda = expected.path("lambda").asDouble();
        boolean both = expected.path("synthetic_batch").asBoolean();
        double total =
            real.total(lambda, CROSS_ENTROPY) + (both ? synthetic.total(lambda, CROSS_ENTROPY) : 0);
        assertClose(total, expected.path("total"), tolerance);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(64);
  }

  /** The divergence is what remains of the cross-entropy without the teachers' entropy. */
  @Test
  void theTwoFormsDifferByTheTeachersEntropy() throws IOException {
    for (LossGolden golden : LossGolden.all()) {
      Losses.Pair pair = measure(golden, "text", DataType.FLOAT64);
      JsonNode entropies =
          golden.run().path("parts").path("text").path("i2t").path("teacher_entropy");

      double entropy = (entropies.path(0).asDouble() + entropies.path(1).asDouble()) / 2;

      assertThat(pair.imageToText().crossEntropy() - pair.imageToText().divergence())
          .isCloseTo(entropy, within(1e-9));
    }
  }

  @Test
  void aStudentThatIsItsTeacherHasNoDivergence() throws IOException {
    LossGolden golden = LossGolden.all().get(0);
    NDArray images = golden.teachers(manager, "image", DataType.FLOAT64).get(0);
    NDArray captions = golden.teachers(manager, "text", DataType.FLOAT64).get(0);
    double scale = 70;

    Losses.Pair pair =
        losses.measure(
            images.duplicate(),
            captions.duplicate(),
            manager.create(scale),
            List.of(images),
            List.of(captions),
            manager.create(new double[] {scale}));

    assertThat(pair.distill(DIVERGENCE)).isCloseTo(0, within(1e-15));
    assertThat(pair.distill(CROSS_ENTROPY)).isPositive();
  }

  /** SigLIP's loss pair by pair, in double precision. */
  @Test
  void theSigmoidLossCountsEachPairForItself() {
    Random random = new Random(3);
    double scale = 10;
    double bias = -7.5;
    double[][] images = rows(random, 6, 5);
    double[][] captions = rows(random, 6, 5);
    double expected = 0;
    for (int i = 0; i < 6; i++) {
      for (int j = 0; j < 6; j++) {
        double logit = bias;
        for (int k = 0; k < 5; k++) {
          logit += scale * images[i][k] * captions[j][k];
        }
        expected += Math.log1p(Math.exp(i == j ? -logit : logit)) / 6;
      }
    }

    double actual =
        losses.sigmoid(
            manager.create(images),
            manager.create(captions),
            manager.create(scale),
            manager.create(bias));

    assertThat(actual).isCloseTo(expected, within(1e-12));
  }

  @Test
  void theSigmoidLossOfExtremeLogitsIsFinite() {
    NDArray rows = manager.create(new float[] {1, 0, 0, 1}, new Shape(2, 2));

    double agreed = losses.sigmoid(rows, rows, manager.create(400f), manager.create(-200f));
    double opposed = losses.sigmoid(rows, rows.neg(), manager.create(400f), manager.create(200f));

    assertThat(agreed).isCloseTo(0, within(1e-12));
    assertThat(opposed).isCloseTo(400, within(1e-3));
  }

  /** Cross-entropy with label smoothing, averaged over the ids that are not padding. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void theCaptionLossLeavesPaddingOut(double smoothing) {
    Random random = new Random(4);
    int vocabulary = 7;
    long[] ids = {3, 6, 0, 0, 1, 2, 5, 6};
    double[][] logits = rows(random, ids.length, vocabulary);
    double expected = 0;
    int counted = 0;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] != 0) {
        double sum = 0;
        for (double logit : logits[i]) {
          sum += Math.exp(logit);
        }
        for (int id = 0; id < vocabulary; id++) {
          double target = smoothing / vocabulary + (id == ids[i] ? 1 - smoothing : 0);
          expected -= target * (logits[i][id] - Math.log(sum));
        }
        counted++;
      }
    }

    double actual =
        losses.captioning(
            manager.create(logits).reshape(2, 4, vocabulary),
            manager.create(ids, new Shape(2, 4)),
            smoothing);

    assertThat(actual).isCloseTo(expected / counted, within(1e-6));
  }

  private Losses.Pair measure(LossGolden golden, String captions, DataType type) {
    return losses.measure(
        LossGolden.unit(golden.student(manager, "image", type)),
        LossGolden.unit(golden.student(manager, captions, type)),
        manager.create(Math.exp(golden.logScale())).toType(type, true),
        golden.teachers(manager, "image", type),
        golden.teachers(manager, captions, type),
        golden.teacherScales(manager, type));
  }

  private static void assertPair(Losses.Pair pair, JsonNode expected, double tolerance) {
    assertClose(pair.clip(), expected.path("clip"), tolerance);
    assertDistance(pair.imageToText(), expected.path("i2t"), tolerance);
    assertDistance(pair.textToImage(), expected.path("t2i"), tolerance);
    assertClose(pair.distill(CROSS_ENTROPY), expected.path("distill_cross_entropy"), tolerance);
    assertClose(pair.distill(DIVERGENCE), expected.path("distill_kl"), tolerance);
  }

  private static void assertDistance(
      Losses.Distance distance, JsonNode expected, double tolerance) {
    assertClose(distance.crossEntropy(), expected.path("cross_entropy"), tolerance);
    assertClose(distance.divergence(), expected.path("kl"), tolerance);
  }

  private static void assertClose(double actual, JsonNode expected, double tolerance) {
    double value = expected.asDouble();
    assertThat(expected.isNumber()).isTrue();
    assertThat(actual).isCloseTo(value, within(tolerance * Math.max(1, Math.abs(value))));
  }

  private static double[][] rows(Random random, int rows, int width) {
    double[][] values = new double[rows][width];
    for (double[] row : values) {
      for (int i = 0; i < width; i++) {
        row[i] = random.nextGaussian() / 2;
      }
    }
    return values;
  }
}
