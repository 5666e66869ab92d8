package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.everclip.reinforce.TeacherStatistics.Rows;
import org.junit.jupiter.api.Test;

/** Each kind of bad model, made from a good one. */
class ModelWatchTest {

  private static final int WINDOW = 128;
  private static final int DIM = 16;

  private final Random random = new Random(5);
  private final ModelWatch watch =
      new ModelWatch(List.of("vit@1", "conv@2"), "coca@3", WINDOW, OnBadModel.STOP);

  @Test
  void goodModelsAreLeftInPeace() {
    for (int i = 0; i < 20; i++) {
      watch.look(seen(Function.identity(), ModelWatchTest::captions));

      assertThat(watch.troubles()).isEmpty();
    }
  }

  @Test
  void aTeacherWithOneEmbeddingForAllPictures() {
    float[] one = unit(random);

    watch.look(seen(each(rows -> new Rows(one, one, rows.caption(), rows.synthetic(), ""))));

    assertThat(watch.troubles())
        .singleElement()
        .asString()
        .contains("teacher conv@2 gives the same embedding for every picture", "128 pairs");
  }

  @Test
  void aTeacherWithOneEmbeddingForAllCaptions() {
    float[] one = unit(random);

    watch.look(seen(each(rows -> new Rows(rows.picture(), rows.views(), one, one, rows.text()))));

    assertThat(watch.troubles())
        .singleElement()
        .asString()
        .contains("conv@2 gives the same embedding for every caption");
  }

  @Test
  void aTeacherWithoutNumbers() {
    var broken = new float[DIM];
    Arrays.fill(broken, Float.NaN);

    watch.look(
        seen(
            each(
                rows ->
                    random.nextInt(4) == 0
                        ? new Rows(
                            rows.picture(), rows.views(), broken, rows.synthetic(), rows.text())
                        : rows)));

    assertThat(watch.troubles())
        .singleElement()
        .asString()
        .contains("conv@2 gives embeddings that are not finite", "reinforce.precision");
  }

  @Test
  void aTeacherWhoseRowsBelongToOtherPairs() {
    watch.look(
        seen(
            all -> {
              var texts = new ArrayList<>(all);
              Collections.shuffle(texts, random);
              var mixed = new ArrayList<Rows>();
              for (int i = 0; i < all.size(); i++) {
                Rows text = texts.get(i);
                mixed.add(
                    new Rows(
                        all.get(i).picture(),
                        all.get(i).views(),
                        text.caption(),
                        text.synthetic(),
                        all.get(i).text()));
              }
              return mixed;
            },
            ModelWatchTest::captions));

    assertThat(watch.troubles())
        .singleElement()
        .asString()
        .contains("conv@2 cannot tell a picture's captions from another picture's");
  }

  @Test
  void aTeacherThatMixesViewsUp() {
    watch.look(
        seen(
            all -> {
              var views = new ArrayList<>(all);
              Collections.shuffle(views, random);
              var mixed = new ArrayList<Rows>();
              for (int i = 0; i < all.size(); i++) {
                Rows rows = all.get(i);
                mixed.add(
                    new Rows(
                        rows.picture(),
                        views.get(i).views(),
                        rows.caption(),
                        rows.synthetic(),
                        rows.text()));
              }
              return mixed;
            },
            ModelWatchTest::captions));

    assertThat(watch.troubles())
        .singleElement()
        .asString()
        .contains("conv@2 mixes pictures up", "no closer to its own picture");
  }

  @Test
  void wrongCaptionsOfTheProducersAreNoFaultOfTheTeacher() {
    watch.look(
        seen(
            each(
                rows ->
                    new Rows(
                        rows.picture(), rows.views(), unit(random), rows.synthetic(), rows.text())),
            ModelWatchTest::captions));

    assertThat(watch.troubles()).isEmpty();
  }

  @Test
  void aCaptionerThatWritesNothing() {
    assertThat(withCaptions(pair -> pair % 3 == 0 ? List.of("", " ") : captions(pair)))
        .contains("captioner coca@3 writes nothing", "are empty");
  }

  @Test
  void aCaptionerThatWritesOneThingForEverything() {
    assertThat(withCaptions(pair -> List.of("a picture of a thing", "item " + pair)))
        .contains("coca@3 writes the same for different pictures", "'a picture of a thing'");
  }

  @Test
  void aCaptionerThatRepeatsItsWords() {
    assertThat(withCaptions(pair -> List.of("cat cat cat cat " + pair, "a dog " + pair))).isEmpty();
    assertThat(withCaptions(pair -> List.of("cat cat cat cat cat " + pair, "red red red red red")))
        .contains("coca@3 repeats its words in 256 of 256 captions");
  }

  @Test
  void aCaptionerThatWritesOneCaptionAgainAndAgain() {
    assertThat(withCaptions(pair -> List.of("thing " + pair, "thing " + pair)))
        .contains("coca@3 writes one caption again and again", "topP");
  }

  @Test
  void whatIsRightAgainIsLeftInPeace() {
    watch.look(seen(Function.identity(), pair -> List.of("", "")));
    assertThat(watch.troubles()).hasSize(1);
    assertThat(watch.advice()).contains("reinforce.recipe", "reinforce.onBadModel=report");

    watch.look(seen(Function.identity(), ModelWatchTest::captions));

    assertThat(watch.troubles()).isEmpty();
  }

  private String withCaptions(Function<Integer, List<String>> captions) {
    watch.look(seen(Function.identity(), captions));
    return String.join("", watch.troubles());
  }

  private static List<String> captions(int pair) {
    return List.of("the number " + pair, "thing " + pair + " on white");
  }

  private List<ModelWatch.Seen> seen(Function<List<Rows>, List<Rows>> fault) {
    return seen(fault, ModelWatchTest::captions);
  }

  /** A window of two good teachers, of which the second gets the fault. */
  private List<ModelWatch.Seen> seen(
      Function<List<Rows>, List<Rows>> fault, Function<Integer, List<String>> captions) {
    List<Rows> bad = fault.apply(teacher());
    List<Rows> good = teacher();
    var seen = new ArrayList<ModelWatch.Seen>();
    for (int i = 0; i < WINDOW; i++) {
      seen.add(new ModelWatch.Seen(captions.apply(i), List.of(good.get(i), bad.get(i))));
    }
    return seen;
  }

  private static Function<List<Rows>, List<Rows>> each(Function<Rows, Rows> fault) {
    return all -> all.stream().map(fault).toList();
  }

  /** A mediocre teacher: rows of a pair have something in common, and all have much. */
  private List<Rows> teacher() {
    var rows = new ArrayList<Rows>();
    float[] common = unit(random);
    for (int i = 0; i < WINDOW; i++) {
      float[] own = unit(random);
      rows.add(
          new Rows(
              near(common, own, 0.3f),
              near(common, own, 0.3f),
              near(common, own, 0.6f),
              near(common, own, 0.6f),
              "caption " + i));
    }
    return rows;
  }

  private float[] near(float[] common, float[] own, float noise) {
    float[] other = unit(random);
    var row = new float[DIM];
    for (int i = 0; i < DIM; i++) {
      row[i] = common[i] + 0.5f * own[i] + noise * other[i];
    }
    return normalized(row);
  }

  private static float[] unit(Random random) {
    var row = new float[DIM];
    for (int i = 0; i < DIM; i++) {
      row[i] = (float) random.nextGaussian();
    }
    return normalized(row);
  }

  private static float[] normalized(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += value * value;
    }
    for (int i = 0; i < row.length; i++) {
      row[i] /= (float) Math.sqrt(sum);
    }
    return row;
  }
}
