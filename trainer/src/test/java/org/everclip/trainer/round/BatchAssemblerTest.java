package org.everclip.trainer.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.embedding.Bfloat16;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.trainer.Pairs;
import org.everclip.trainer.Settings;
import org.everclip.trainer.replay.Arrival;
import org.everclip.trainer.replay.ReplayStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchAssemblerTest {

  private static final int CONTEXT = 12;
  private static final int SIDE = 16;

  private final Tokenizer tokenizer =
      Tokenizers.train(
          IntStream.range(0, 30).mapToObj(i -> "picture " + i + " of a colour").toList(), 560);
  private final Preprocessing preprocessing =
      new Preprocessing(
          SIDE, new float[] {0, 0, 0}, new float[] {1, 1, 1}, Filter.BICUBIC, Fit.PAD_WHITE);

  @TempDir Path folder;
  private ReplayStore store;
  private int holdouts;

  @BeforeEach
  void open() {
    store = ReplayStore.open(folder, 1, 1000);
    store.take(Pairs.arrivals(0, 24, "2024"), Map.of(0, 24L));
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void everyRowIsTheStoredViewWithItsCaptionsAndTeacherRows() {
    RoundPlan plan = plan();
    for (int step = 0; step < 5; step++) {
      TrainingBatch made = assembler(plan, List.of(30.0, 40.0)).assemble(step);

      for (int row = 0; row < made.pairIds().size(); row++) {
        ReinforcedPair pair = store.pair(made.pairIds().get(row)).orElseThrow();
        Sample sample = Sample.choose(pair, plan.seed(), step);
        assertThat(ids(made.batch().realIds(), row))
            .isEqualTo(tokenizer.encode(pair.getPair().getCaption(), CONTEXT));
        assertThat(ids(made.batch().syntheticIds(), row))
            .isEqualTo(
                tokenizer.encode(pair.getCaptions().get(sample.caption()).getText(), CONTEXT));
        float[] image = new float[3 * SIDE * SIDE];
        made.batch().images().duplicate().position(row * image.length).get(image);
        assertThat(image).isEqualTo(view(pair, sample.augmentation()));
        for (int k = 0; k < 2; k++) {
          TeacherBatch teacher = made.batch().teachers().get(k);
          var stored = pair.getTeacherEmbeddings().get(k);
          assertThat(teacher.scale()).isEqualTo(30f + 10 * k);
          assertThat(row(teacher.image(), row, 8))
              .isEqualTo(row(Bfloat16.decode(stored.getImage().array()), sample.augmentation(), 8));
          assertThat(row(teacher.realText(), row, 8))
              .isEqualTo(Bfloat16.decode(stored.getText().array()));
          assertThat(row(teacher.syntheticText(), row, 8))
              .isEqualTo(row(Bfloat16.decode(stored.getCaption().array()), sample.caption(), 8));
        }
      }
    }
  }

  @Test
  void aBatchSaysHowOldItsPairsAre() {
    RoundPlan plan = plan();
    List<String> planned = RoundSchedule.of(plan).batch(0);
    ReinforcedPair older = store.pair(planned.get(1)).orElseThrow();
    older.getPair().setRevision(2);
    older.getPair().setEventTime(Instant.EPOCH.minusSeconds(1000));
    store.take(List.of(new Arrival(planned.get(1), older, 0, 24)), Map.of(0, 25L));

    TrainingBatch made = assembler(plan, List.of()).assemble(0);

    assertThat(made.oldestTime()).isEqualTo(Instant.EPOCH.minusSeconds(1000));
    assertThat(made.meanTime())
        .isEqualTo(Instant.EPOCH.minusMillis(1_000_000 / made.pairIds().size()));
  }

  @Test
  void allStoredViewsAndCaptionsAreUsed() {
    ReinforcedPair pair = Pairs.pair(1);
    var chosen = new HashSet<List<Integer>>();
    for (int step = 0; step < 50; step++) {
      Sample sample = Sample.choose(pair, 7, step);
      chosen.add(List.of(sample.augmentation(), sample.caption()));
    }
    assertThat(chosen).hasSize(4);
  }

  @Test
  void pairsThatWereDeletedAreReplaced() {
    RoundPlan plan = plan();
    List<String> planned = RoundSchedule.of(plan).batch(0);
    store.take(List.of(new Arrival(planned.get(2), null, 0, 24)), Map.of(0, 25L));

    TrainingBatch made = assembler(plan, List.of()).assemble(0);

    assertThat(made.pairIds())
        .hasSize(8)
        .doesNotHaveDuplicates()
        .doesNotContain(planned.get(2))
        .isSubsetOf(plan.newPairs());
    assertThat(made.batch().teachers().get(0).scale()).isEqualTo(20f);
  }

  @Test
  void aPairThatBecameHoldoutDuringTheRoundIsInNoBatch() {
    RoundPlan plan = plan();
    store.take(
        List.of(
            new Arrival(
                Pairs.id(3), Pairs.pair(3, 2, "2024", Split.HOLDOUT, Pairs.VERSION), 0, 24)),
        Map.of(0, 25L));
    var assembler = assembler(plan, List.of());

    for (int step = 0; step < plan.steps(); step++) {
      assertThat(assembler.assemble(step).pairIds()).doesNotContain(Pairs.id(3));
    }
    assertThat(holdouts).isZero();
    assertThat(store.holdoutSeen()).isEqualTo(1);
  }

  /** Every fifth pair is held out; the log of 10,000 batches names none of them. */
  @Test
  void tenThousandBatchesHoldNoHoldoutPair() {
    var held = new HashSet<String>();
    var arrivals = new ArrayList<Arrival>();
    for (int i = 0; i < 500; i++) {
      Split split = i % 5 == 0 ? Split.HOLDOUT : Split.TRAIN;
      if (split == Split.HOLDOUT) {
        held.add(Pairs.id(1000 + i));
      }
      var pair = Pairs.pair(1000 + i, 1, "202" + i % 4, split, Pairs.VERSION);
      arrivals.add(new Arrival(Pairs.id(1000 + i), pair, 0, 1000 + i));
    }
    store.take(arrivals, Map.of(0, 1500L));
    var planner =
        new RoundPlanner(
            Settings.of(
                    folder,
                    "trainer.roundSteps=1000",
                    "trainer.batchSize=16",
                    "trainer.roundPairs=1")
                .trainer(),
            store,
            "run");
    int samples = 0;
    RoundPlan plan = null;
    for (int round = 0; round < 10; round++) {
      store.take(Pairs.arrivals(2000 + round, 2001 + round, "2024"), Map.of(0, 2001L + round));
      plan = planner.next(plan, Instant.EPOCH, Instant.EPOCH, Instant.EPOCH).orElseThrow();
      RoundSchedule schedule = RoundSchedule.of(plan);
      for (int step = 0; step < 1000; step++) {
        assertThat(schedule.batch(step)).doesNotContainAnyElementsOf(held);
        samples += schedule.batch(step).size();
      }
      store.settle(plan.newPairs(), plan.to());
    }

    assertThat(samples).isEqualTo(160_000);
    assertThat(held).hasSize(100);
    assertThat(store.holdoutSeen()).isEqualTo(100);
  }

  @Test
  void shuffledCaptionsBelongToOtherPicturesButTeachersStay() {
    RoundPlan plan = plan("trainer.shuffleCaptions=true");

    TrainingBatch made = assembler(plan, List.of()).assemble(0);

    for (int row = 0; row < 8; row++) {
      ReinforcedPair pair = store.pair(made.pairIds().get(row)).orElseThrow();
      assertThat(ids(made.batch().realIds(), row))
          .isNotEqualTo(tokenizer.encode(pair.getPair().getCaption(), CONTEXT));
      assertThat(row(made.batch().teachers().get(0).realText(), row, 8))
          .isEqualTo(Bfloat16.decode(pair.getTeacherEmbeddings().get(0).getText().array()));
    }
  }

  @Test
  void aWrongNumberOfTeacherScalesIsAnError() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> assembler(plan(), List.of(1.0)).assemble(0))
        .withMessageContaining("trainer.teacherScales has 1 values, but the records have 2");
  }

  private float[] view(ReinforcedPair pair, int augmentation) {
    var image =
        new ImageDecoder(ImageLimits.defaults()).decodeTrusted(pair.getPair().getImage().array());
    var view =
        Augmentation.parse(pair.getAugmentations().get(augmentation))
            .apply(Preprocessing.padToSquare(image), SIDE);
    float[] values = new float[3 * SIDE * SIDE];
    preprocessing.toTensor(view, values, 0);
    return values;
  }

  private static long[] ids(long[] all, int row) {
    return Arrays.copyOfRange(all, row * CONTEXT, (row + 1) * CONTEXT);
  }

  private static float[] row(float[] all, int row, int width) {
    return Arrays.copyOfRange(all, row * width, (row + 1) * width);
  }

  private BatchAssembler assembler(RoundPlan plan, List<Double> scales) {
    return new BatchAssembler(
        plan,
        store,
        new BatchAssembler.StudentInput(tokenizer, CONTEXT, preprocessing),
        scales,
        n -> holdouts += n);
  }

  private RoundPlan plan(String... assignments) {
    var all = new java.util.ArrayList<>(List.of(assignments));
    all.addAll(List.of("trainer.batchSize=8", "trainer.roundPairs=24", "trainer.roundSteps=12"));
    var settings = Settings.of(folder, all.toArray(String[]::new)).trainer();
    return new RoundPlanner(settings, store, "run")
        .next(null, Instant.EPOCH, Instant.EPOCH, Instant.EPOCH)
        .orElseThrow();
  }
}
