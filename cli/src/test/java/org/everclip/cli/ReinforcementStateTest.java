package org.everclip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReinforcementStateTest {

  private static final Map<String, Double> LIVE =
      Map.of("everclip.reinforce.recipe{version=0ab1}", 1.0);

  @Test
  void tellsTheRecipeAndItsBackfill() {
    assertThat(ReinforcementState.of(LIVE).orElseThrow().text()).isEqualTo("recipe 0ab1");
    assertThat(with(30, 120, 0)).isEqualTo("recipe 0ab1, back-fill 30 of 120");
    assertThat(with(120, 120, 0)).isEqualTo("recipe 0ab1, back-fill through");
    assertThat(with(0, 0, 2)).isEqualTo("recipe 0ab1, 2 MODELS CANNOT BE RIGHT");
  }

  @Test
  void figuresOfNoRecipeTellNothing() {
    assertThat(ReinforcementState.of(Map.of("everclip.reinforce.models.wrong", 0.0))).isEmpty();
  }

  private static String with(double done, double total, double wrong) {
    var values = new HashMap<>(LIVE);
    values.put("everclip.reinforce.backfill.offsets{state=done,version=0ab1}", done);
    values.put("everclip.reinforce.backfill.offsets{state=total,version=0ab1}", total);
    values.put("everclip.reinforce.models.wrong", wrong);
    return ReinforcementState.of(values).orElseThrow().text();
  }
}
