package org.everclip.evaluation.continual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.junit.jupiter.api.Test;

class PairedChangeTest {

  private static final int[] LABELS = {0, 0, 1, 1, 2, 2, 3, 3};
  private static final int[] OLD = {0, 0, 1, 2, 2, 0, 1, 3};
  private static final int[] NEW = {0, 1, 1, 1, 2, 1, 1, 0};

  /** The example of the reference page on MUSCLE. */
  @Test
  void countsFlipsAsMuscleDoes() {
    PairedChange change = PairedChange.between(judged(OLD), judged(NEW));

    assertThat(change.flips().negativeRate()).isEqualTo(0.25);
    assertThat(change.flips().positiveRate()).isEqualTo(0.125);
    assertThat(change.flips().inconsistentRate()).isEqualTo(0.375);
    assertThat(change.flips().stillRight()).isCloseTo(0.6, within(1e-12));
    assertThat(change.delta()).isEqualTo(0.5 - 0.625);
  }

  @Test
  void aVersionDoesNotDifferFromItself() {
    PairedChange change = PairedChange.between(judged(NEW), judged(NEW));

    assertThat(change.flips().negative()).isZero();
    assertThat(change.flips().inconsistent()).isZero();
    assertThat(change.flips().p()).isEqualTo(1);
    assertThat(change.interval().low()).isZero();
    assertThat(change.interval().high()).isZero();
  }

  @Test
  void comparesOnlySharedSamplesInAnyOrder() {
    List<Judgement> before =
        List.of(verdict("a", true), verdict("b", false), verdict("only before", true));
    List<Judgement> after =
        List.of(verdict("only after", false), verdict("b", true), verdict("a", false));

    Flips flips = PairedChange.between(before, after).flips();

    assertThat(flips.shared()).isEqualTo(2);
    assertThat(flips.negative()).isEqualTo(1);
    assertThat(flips.positive()).isEqualTo(1);
  }

  /** Values of scipy.stats.binomtest(b, b + c). */
  @Test
  void mcNemarIsTheExactBinomialTest() {
    assertThat(McNemar.p(0, 0)).isEqualTo(1);
    assertThat(McNemar.p(5, 5)).isEqualTo(1);
    assertThat(McNemar.p(1, 9)).isCloseTo(0.021484375, within(1e-12));
    assertThat(McNemar.p(9, 1)).isCloseTo(0.021484375, within(1e-12));
    assertThat(McNemar.p(40, 70)).isCloseTo(0.005447429511, within(1e-12));
    assertThat(McNemar.p(3000, 3400)).isCloseTo(6.06761e-7, within(1e-12));
  }

  @Test
  void theIntervalOfAClearGainLeavesZeroOutAndThatOfNoiseDoesNot() {
    assertThat(change(400, 10, 60).interval().low()).isPositive();
    assertThat(change(400, 10, 12).interval().low()).isNegative();
    assertThat(change(400, 10, 12).interval().high()).isPositive();
  }

  @Test
  void aPictureAndItsCaptionsAreOneUnit() {
    var before = new ArrayList<Judgement>();
    var after = new ArrayList<Judgement>();
    for (int i = 0; i < 40; i++) {
      boolean gains = i < 8;
      for (String key : List.of("image " + i, "caption 0 of " + i, "caption 1 of " + i)) {
        before.add(verdict(key, false));
        after.add(verdict(key, gains));
      }
    }
    PairedChange clustered = PairedChange.between(before, after);
    PairedChange alone = change(120, 0, 24);

    assertThat(clustered.delta()).isEqualTo(alone.delta());
    assertThat(width(clustered)).isGreaterThan(1.4 * width(alone));
  }

  @Test
  void saysHowSureItIsThatTheMeanIsHigher() {
    var same = List.of(judged(OLD), judged(OLD));
    var gain = List.of(verdicts(50, 10), verdicts(50, 30));

    assertThat(PairedChange.better(List.of(same))).isEqualTo(0.5);
    assertThat(PairedChange.better(List.of(same, gain))).isGreaterThan(0.99);
  }

  private static double width(PairedChange change) {
    return change.interval().high() - change.interval().low();
  }

  private static PairedChange change(int samples, int negative, int positive) {
    var before = new ArrayList<Judgement>();
    var after = new ArrayList<Judgement>();
    for (int i = 0; i < samples; i++) {
      before.add(verdict("s" + i, i < negative));
      after.add(verdict("s" + i, i >= negative && i < negative + positive));
    }
    return PairedChange.between(before, after);
  }

  private static List<Judgement> verdicts(int samples, int right) {
    var verdicts = new ArrayList<Judgement>();
    for (int i = 0; i < samples; i++) {
      verdicts.add(verdict("s" + i, i < right));
    }
    return verdicts;
  }

  private static List<Judgement> judged(int[] answers) {
    var judgements = new ArrayList<Judgement>();
    for (int i = 0; i < answers.length; i++) {
      judgements.add(new Judgement("s" + i, answers[i] == LABELS[i], answers[i], 1));
    }
    return judgements;
  }

  private static Judgement verdict(String key, boolean right) {
    return new Judgement(key, right, right ? 1 : 0, 1);
  }
}
