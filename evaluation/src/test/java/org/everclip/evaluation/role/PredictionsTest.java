package org.everclip.evaluation.role;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.junit.jupiter.api.Test;

class PredictionsTest {

  @Test
  void comeBackAsTheyWereButForTheMarginsLastBits() {
    List<Judgement> judgements = judgements(1000);

    List<Judgement> read = Predictions.decode(Predictions.encode(judgements));

    assertThat(read).extracting(Judgement::key).isEqualTo(keys(judgements));
    assertThat(read)
        .extracting(Judgement::right)
        .isEqualTo(judgements.stream().map(Judgement::right).toList());
    assertThat(read)
        .extracting(Judgement::answer)
        .isEqualTo(judgements.stream().map(Judgement::answer).toList());
    for (int i = 0; i < read.size(); i++) {
      float margin = judgements.get(i).margin();
      assertThat(read.get(i).margin()).isBetween(margin * 0.99f, margin);
    }
  }

  @Test
  void takeAFewBytesASample() {
    assertThat(Predictions.encode(judgements(50_000)).length).isLessThan(6 * 50_000);
  }

  @Test
  void otherBytesAreRefused() {
    byte[] good = Predictions.encode(judgements(10));
    byte[] cut = java.util.Arrays.copyOf(good, good.length / 2);

    assertThatThrownBy(() -> Predictions.decode(new byte[] {1, 2, 3}))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Predictions.decode(cut)).isInstanceOf(IllegalArgumentException.class);
  }

  private static List<String> keys(List<Judgement> judgements) {
    return judgements.stream().map(Judgement::key).toList();
  }

  private static List<Judgement> judgements(int count) {
    var random = new Random(1);
    var judgements = new ArrayList<Judgement>();
    for (int i = 0; i < count; i++) {
      String key = i % 7 == 0 ? "bäume/" + i : "s%07d".formatted(i);
      judgements.add(
          new Judgement(
              key, random.nextBoolean(), random.nextInt(1000) - 1, random.nextFloat() / 10));
    }
    return judgements;
  }
}
