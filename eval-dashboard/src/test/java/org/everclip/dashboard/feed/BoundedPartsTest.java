package org.everclip.dashboard.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Map;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TrainingMetric;
import org.junit.jupiter.api.Test;

/** What the read model keeps stays bounded, and what waits is known as a set. */
class BoundedPartsTest {

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void aPairWaitsUntilItsOwnOutcomeWhicheverIsReadFirst() {
    var backlog = new Backlog();
    backlog.accepted("a", 1, NOW);
    backlog.accepted("b", 1, NOW.plusSeconds(5));
    backlog.finished("c", 1);
    backlog.accepted("c", 1, NOW.minusSeconds(9));
    assertThat(backlog.waiting()).isEqualTo(new Waiting(2, NOW));
    backlog.finished("a", 1);
    assertThat(backlog.waiting()).isEqualTo(new Waiting(1, NOW.plusSeconds(5)));
    backlog.accepted("a", 2, NOW.plusSeconds(7));
    backlog.deleted("b");
    assertThat(backlog.waiting()).isEqualTo(new Waiting(1, NOW.plusSeconds(7)));
  }

  @Test
  void beyondItsLimitTheBacklogOnlyCounts() {
    var backlog = new Backlog();
    for (int i = 0; i < Backlog.MOST + 10; i++) {
      backlog.accepted("p" + i, 1, NOW);
    }
    assertThat(backlog.waiting().count()).isEqualTo(Backlog.MOST + 10);
    for (int i = 0; i < Backlog.MOST + 10; i++) {
      backlog.finished("p" + i, 1);
    }
    assertThat(backlog.waiting()).isEqualTo(Waiting.NOTHING);
  }

  @Test
  void anEndlessRunStaysVisibleAsAWholeWithinItsBounds() {
    var curve = new Curve();
    int steps = 5 * Curve.MOST_POINTS;
    for (int step = 1; step <= steps; step++) {
      curve.add(point(step, step));
    }
    Curve.Series loss = curve.copy().series().get("loss");
    assertThat(loss.steps().length).isLessThanOrEqualTo(Curve.MOST_POINTS);
    assertThat(loss.steps()[0]).isLessThan(32);
    assertThat(loss.steps()[loss.steps().length - 1]).isEqualTo(steps);
    assertThat(loss.values()[0]).isLessThan(32);
    assertThat(curve.copy().rounds()).hasSize(steps / 100 + 1);
  }

  @Test
  void aStepThatIsSentAgainAfterACrashChangesNothing() {
    var curve = new Curve();
    for (int step = 1; step <= 100; step++) {
      curve.add(point(step, step));
    }
    for (int step = 51; step <= 120; step++) {
      curve.add(point(step, step));
    }
    Curve.Snapshot copy = curve.copy();
    assertThat(copy.series().get("loss").steps()).hasSize(120);
    assertThat(copy.rounds().get(0).means().get("loss")).isEqualTo(50.0);
    assertThat(copy.lastStep()).isEqualTo(120);
  }

  @Test
  void theOldestVectorsAndPicturesGoFirst() {
    var vectors = new Vectors(2);
    var pairs = new NewestPairs(2);
    for (int i = 0; i < 3; i++) {
      ReinforcedPair pair = Seed.pair("p" + i, "red", Seed.picture(0xcc2200), 1, NOW);
      vectors.put(pair, new Vectors.Place(0, i));
      pairs.put(pair);
    }
    assertThat(vectors.size()).isEqualTo(2);
    assertThat(vectors.place("p0")).isEmpty();
    assertThat(vectors.place("p2")).contains(new Vectors.Place(0, 2));
    assertThat(pairs.find("p0")).isEmpty();
    assertThat(pairs.newestFirst()).hasSize(2);
  }

  private static TrainingMetric point(long step, double loss) {
    return new TrainingMetric(
        "run", "demo", (int) (step / 100), step, Map.of("loss", loss), NOW.plusSeconds(step));
  }
}
