package org.everclip.clip.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.everclip.clip.training.Compatibility.Mask.ALL;
import static org.everclip.clip.training.Compatibility.Mask.WRONG;
import static org.everclip.clip.training.TinyTraining.batch;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Random;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Precision;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MUSCLE's term with the parent, against its definition and in a step. */
class CompatibilityTest {

  private final NDManager manager = NDManager.newBaseManager();

  @AfterEach
  void freeMemory() {
    manager.close();
  }

  @ParameterizedTest
  @CsvSource({
    "WRONG, 1, true",
    "WRONG, 2, true",
    "WRONG, 1, false",
    "ALL, 1, true",
    "ALL, 3, false"
  })
  void followsTheParentWhereTheStudentIsWrongAndElseTheTeachers(
      Compatibility.Mask mask, double temperature, boolean taught) {
    var random = new Random(5);
    double[][] student = logits(random, 6);
    double[][] parent = logits(random, 6);
    double[][] teacher = logits(random, 6);
    var term = new Compatibility(1, temperature, mask);

    double actual =
        Losses.load(manager)
            .compatibility(
                manager.create(student),
                manager.create(parent),
                taught ? manager.create(teacher) : null,
                term);

    double rows = rows(student, parent, taught ? teacher : null, temperature, mask);
    double columns =
        rows(
            transposed(student),
            transposed(parent),
            taught ? transposed(teacher) : null,
            temperature,
            mask);
    assertThat(actual).isCloseTo((rows + columns) / 2, within(1e-12)).isPositive();
  }

  @Test
  void aStudentThatIsItsParentHasNoDistance() {
    double[][] logits = logits(new Random(6), 5);

    double actual =
        Losses.load(manager)
            .compatibility(
                manager.create(logits), manager.create(logits), null, new Compatibility(1, 2, ALL));

    assertThat(actual).isCloseTo(0, within(1e-15));
  }

  @Test
  void theWeightedTermIsAddedToTheLoss() {
    Batch plain = batch(Objective.Kind.REINFORCED, 1);
    TeacherBatch parent = batch(Objective.Kind.REINFORCED, 2).teachers().get(0);
    var objective = Objective.reinforced(0.7).with(new Compatibility(0.5, 1, WRONG));
    try (TrainSession one = session(objective);
        TrainSession other = session(objective)) {
      StepResult without = one.step(plain);

      StepResult with =
          other.step(
              new Batch(
                  plain.images(), plain.realIds(), plain.syntheticIds(), plain.teachers(), parent));

      assertThat(without.lossCompatibility()).isZero();
      assertThat(with.lossCompatibility()).isPositive();
      assertThat(with.loss())
          .isCloseTo(without.loss() + 0.5 * with.lossCompatibility(), within(1e-5));
      assertThat(with.gradientNorm()).isNotEqualTo(without.gradientNorm());
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "3"})
  void theDistanceToTheParentFalls(int part) {
    Batch one = batch(Objective.Kind.CLIP, 1);
    TeacherBatch parent = batch(Objective.Kind.REINFORCED, 2).teachers().get(0);
    var batch = new Batch(one.images(), one.realIds(), null, List.of(), parent);
    try (TrainSession session =
        session(Objective.clip().with(new Compatibility(20, 1, ALL)).inParts(part))) {
      session.setLearningRate(3e-3);
      double first = session.step(batch).lossCompatibility();
      for (int i = 0; i < 10; i++) {
        session.step(batch);
      }

      assertThat(session.step(batch).lossCompatibility()).isLessThan(0.7 * first);
    }
  }

  @Test
  void refusesWhatMeansNothing() {
    assertThatThrownBy(() -> new Compatibility(-1, 1, ALL)).hasMessageContaining("positive");
    assertThatThrownBy(() -> new Compatibility(1, 0, ALL)).hasMessageContaining("positive");
    assertThatThrownBy(() -> Objective.sigmoid().with(new Compatibility(1, 1, ALL)))
        .hasMessageContaining("SIGMOID");
  }

  private TrainSession session(Objective objective) {
    return TrainSession.create(Golden.TINY_MOBILECLIP, Precision.FP32, objective, 1, manager);
  }

  private static double rows(
      double[][] student,
      double[][] parent,
      double[][] teacher,
      double t,
      Compatibility.Mask mask) {
    double sum = 0;
    for (int i = 0; i < student.length; i++) {
      boolean wrong = mask == ALL || !isLargest(student[i], i);
      double[] q = softmax(student[i], t);
      if (wrong) {
        sum += divergence(softmax(parent[i], t), q);
      } else if (teacher != null) {
        sum += divergence(softmax(teacher[i], 1), q);
      }
    }
    return sum / student.length;
  }

  private static boolean isLargest(double[] row, int index) {
    for (double value : row) {
      if (value > row[index]) {
        return false;
      }
    }
    return true;
  }

  private static double divergence(double[] p, double[] q) {
    double sum = 0;
    for (int i = 0; i < p.length; i++) {
      sum += p[i] * Math.log(p[i] / q[i]);
    }
    return sum;
  }

  private static double[] softmax(double[] row, double temperature) {
    double[] values = new double[row.length];
    double sum = 0;
    for (int i = 0; i < row.length; i++) {
      values[i] = Math.exp(row[i] / temperature);
      sum += values[i];
    }
    for (int i = 0; i < row.length; i++) {
      values[i] /= sum;
    }
    return values;
  }

  /** Of a model that has about half of its rows right. */
  private static double[][] logits(Random random, int size) {
    double[][] rows = new double[size][size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        rows[i][j] = 2 * random.nextGaussian() + (i == j ? 2 : 0);
      }
    }
    return rows;
  }

  private static double[][] transposed(double[][] rows) {
    double[][] columns = new double[rows.length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows.length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }
}
