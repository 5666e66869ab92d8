package org.everclip.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.cost.ModelCost;
import org.everclip.clip.network.Form;
import org.everclip.trainer.checkpoint.Position;
import org.everclip.trainer.checkpoint.Spent;
import org.everclip.trainer.round.RoundPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RoundCostTest {

  @TempDir Path home;

  @Test
  void aRoundCostsItsTimeAndItsShareOfTheReinforcement() throws Exception {
    try (var trained = new Trained(home)) {
      RoundCost cost = trained.cost();
      ModelCost model = ModelCost.of(trained.student.architecture(), Form.TRAIN);

      Map<String, Object> account =
          cost.account(new Spent(new TreeMap<>(Map.of("step", 3.0, "wait", 1.0)), 5, 100), 2, 24);

      double flops = 100 * 6.0 * (model.imageMacs() + 2 * model.textMacs());
      assertThat(account)
          .containsEntry("wallSeconds", 4.0)
          .containsEntry("samplesPerSecond", 25.0)
          .containsEntry("flops", flops)
          .containsEntry("utilisation", flops / 4 / 1e9)
          .containsEntry("costCompute", 4.0)
          .containsEntry("costReinforcement", 12.0)
          .containsEntry("cost", 16.0);
    }
  }

  @Test
  void phasesAddUpToTheTimeOfTheRoundOverCrashesAndRollBacks() throws Exception {
    try (var trained = new Trained(home, "trainer.roundSteps=40")) {
      RoundPlan plan = trained.plan();

      long start = System.nanoTime();
      trained.train(plan, "a", 0, batch -> batch);
      double whole = (System.nanoTime() - start) * 1e-9;

      Position end = trained.end;
      assertThat(end.spent().samples()).isEqualTo(40 * 8);
      assertThat(end.spent().phases()).containsOnlyKeys("wait", "step", "checkpoint", "other");
      assertThat(end.spent().seconds()).isLessThan(whole);
      assertThat(trained.roundSeconds).isCloseTo(end.spent().seconds(), within(0.02 * whole));
    }
  }
}
