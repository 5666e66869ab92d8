package org.everclip.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LearningCurvesTest {

  private static final int QUERIES = 400;

  @TempDir Path folder;
  private int files;
  private Random random;

  @BeforeEach
  void seed() {
    random = new Random(20261126);
  }

  @Test
  void aClearDifferenceStaysClearWhenDrawnAgain() throws IOException {
    var before = curves(run(10, query -> query % 5 == 0), run(10, query -> query % 5 == 1));
    var after = curves(run(10, query -> query % 5 < 2), run(10, query -> query % 5 < 2));

    double[] differences = differences(before, after);

    assertThat(before.at(10, before.all())).isCloseTo(20, within(0.01));
    assertThat(after.at(10, after.all())).isCloseTo(40, within(0.01));
    assertThat(differences[0]).isPositive();
    assertThat(Arrays.stream(differences).average()).hasValueCloseTo(20.0, within(1.0));
  }

  @Test
  void noiseIsUndecided() throws IOException {
    var before = curves(run(10, query -> random.nextInt(10) < 3));
    var after = curves(run(10, query -> random.nextInt(10) < 3));

    double[] differences = differences(before, after);

    assertThat(differences[50]).isNegative();
    assertThat(differences[1949]).isPositive();
  }

  @Test
  void aLevelIsReachedBetweenTwoLooks() {
    var curve = new TreeMap<>(java.util.Map.of(20, 10.0, 40, 20.0, 60, 15.0));

    assertThat(LearningCurves.reaches(curve, 5)).isCloseTo(10, within(1e-6));
    assertThat(LearningCurves.reaches(curve, 15)).isCloseTo(30, within(1e-6));
    assertThat(LearningCurves.reaches(curve, 20)).isCloseTo(40, within(1e-6));
    assertThat(LearningCurves.reaches(curve, 21)).isNaN();
  }

  @Test
  void theBestStepIsTheFirstOfEqualOnes() throws IOException {
    Path run = run(10, query -> query < 100);
    append(run, 20, query -> query < 200);
    append(run, 30, query -> query < 200);

    assertThat(curves(run).best(30)).isEqualTo(20);
    assertThat(curves(run).best(10)).isEqualTo(10);
  }

  private double[] differences(LearningCurves before, LearningCurves after) {
    double[] differences = new double[2000];
    for (int i = 0; i < differences.length; i++) {
      var draw = before.draw(random);
      differences[i] = after.at(10, draw) - before.at(10, draw);
    }
    Arrays.sort(differences);
    return differences;
  }

  private LearningCurves curves(Path... runs) throws IOException {
    var looks = new ArrayList<LearningLooks>();
    for (Path run : runs) {
      looks.add(LearningLooks.read(run));
    }
    return new LearningCurves(looks, look -> List.copyOf(look.top5().values()));
  }

  private Path run(int step, IntPredicate right) throws IOException {
    Path file = folder.resolve("run" + files++);
    append(file, step, right);
    return file;
  }

  private static void append(Path file, int step, IntPredicate right) throws IOException {
    var line = new StringBuilder(step + " 5 pictures ");
    for (int query = 0; query < QUERIES; query++) {
      line.append(right.test(query) ? '1' : '0');
    }
    Files.writeString(
        file,
        line.append('\n'),
        java.nio.file.StandardOpenOption.CREATE,
        java.nio.file.StandardOpenOption.APPEND);
  }
}
