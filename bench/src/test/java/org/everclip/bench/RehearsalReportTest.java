package org.everclip.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RehearsalReportTest {

  private static final int QUERIES = 100;
  private static final int STEPS = 10;

  @Test
  void transfersAreMeansOverTheMatrix() {
    // The matrix of TiC-CLIP's definitions: in-domain its diagonal, backward below it, forward
    // above.
    var looks = List.of(end(1, 60, 50, 40), end(2, 55, 62, 52), end(3, 48, 58, 64));

    String report =
        new RehearsalReport(Map.of("equal", List.of(looks)), List.of(1), 3, STEPS).markdown();

    assertThat(row(report, "| equal"))
        .contains("| 62.0 (62.0 to 62.0) | 53.7 (53.7 to 53.7) | 47.3 (47.3 to 47.3) |");
  }

  @Test
  void differencesAreOfEqualSeeds() {
    var outcomes = new LinkedHashMap<String, List<List<RehearsalLook>>>();
    outcomes.put("none", List.of(two(60, 0, 20, 60), two(50, 0, 40, 60)));
    outcomes.put("equal", List.of(two(60, 0, 31, 60), two(50, 0, 53, 60)));

    String report = new RehearsalReport(outcomes, List.of(1, 2), 2, STEPS).markdown();

    assertThat(row(report, "| equal | backward @5")).contains("| +11.0, +13.0 | +12.0 [");
    assertThat(row(report, "| equal | in-domain @5")).contains("| +0.0, +0.0 | +0.0 [");
  }

  @Test
  void aWarmStartsStepsCountFromTheLastPeriodsArrival() {
    var outcomes = new LinkedHashMap<String, List<List<RehearsalLook>>>();
    outcomes.put(
        "equal",
        List.of(
            List.of(end(1, 60, 60), look(2, 5, 20, 20), look(2, 10, 40, 40), look(3, 5, 50, 50)),
            List.of(end(1, 60, 60), look(2, 5, 20, 20), look(2, 10, 30, 30), look(3, 5, 30, 30))));
    outcomes.put(
        RehearsalRounds.SCRATCH, List.of(List.of(end(1, 42, 42)), List.of(end(1, 38, 38))));

    String report = new RehearsalReport(outcomes, List.of(1, 2), 2, STEPS).markdown();

    assertThat(report)
        .contains(
            "- equal, seed 1 (new start 42.0): reaches it 15 steps after the last period came, 75 % of 20")
        .contains("- equal, seed 2 (new start 38.0): does not reach it")
        .contains(
            "- equal, mean of the seeds (new start 40.0): reaches it 15 steps after the last period came");
  }

  private static List<RehearsalLook> two(int... cells) {
    return List.of(end(1, cells[0], cells[1]), end(2, cells[2], cells[3]));
  }

  private static RehearsalLook end(int round, int... percents) {
    return look(round, STEPS, percents);
  }

  /** Of each period's queries the first ones are right, as many as its percents. */
  private static RehearsalLook look(int round, int step, int... percents) {
    var hits = new ArrayList<boolean[]>();
    for (int percent : percents) {
      boolean[] right = new boolean[QUERIES];
      Arrays.fill(right, 0, percent, true);
      hits.add(right);
    }
    return new RehearsalLook(round, step, hits, hits);
  }

  private static String row(String report, String start) {
    return report.lines().filter(line -> line.startsWith(start)).findFirst().orElseThrow();
  }
}
