package org.everclip.formats.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.everclip.formats.Goldens;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.Test;

class AugmentationRecipeTest {
  private static final RandomGenerator RANDOM = AugmentationRecipe.seeded("recipe-test", 1, 0);

  /** Five standard errors of a mean of 20 000 draws whose spread is below 0.3. */
  private static final double MEAN_TOLERANCE = 5 * 0.3 / Math.sqrt(20_000);

  @Test
  void magnitudesAreThePublishedTable() {
    JsonNode table = Goldens.json("goldens/magnitudes.json").get("ops");
    for (Operation.Kind kind : Operation.Kind.values()) {
      JsonNode golden = table.get(name(kind));
      assertThat(golden.get("signed").asBoolean()).as(kind.name()).isEqualTo(kind.signed());
      JsonNode magnitudes = golden.get("magnitudes");
      for (int bin = 0; bin < magnitudes.size(); bin++) {
        assertThat(Magnitudes.of(kind, bin, 224, 224))
            .as("%s bin %d", kind, bin)
            .isEqualTo(magnitudes.get(bin).asDouble());
      }
    }
  }

  private static String name(Operation.Kind kind) {
    StringBuilder name = new StringBuilder();
    for (String word : kind.name().split("_")) {
      name.append(word.charAt(0)).append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return name.toString();
  }

  @Test
  void cropsAreDistributedAsInTheReference() {
    for (JsonNode golden : Goldens.json("goldens/sampling_stats.json").get("random_resized_crop")) {
      int width = golden.get("width").asInt();
      int height = golden.get("height").asInt();
      int draws = golden.get("draws").asInt();
      double[] area = new double[draws];
      double[] ratio = new double[draws];
      double[] top = new double[draws];
      double[] left = new double[draws];
      for (int i = 0; i < draws; i++) {
        Augmentation drawn = AugmentationRecipe.datacompdr().sample(width, height, 224, RANDOM);
        Step.ResizedCrop crop = (Step.ResizedCrop) drawn.steps().get(0);
        assertThat(crop.top() >= 0 && crop.left() >= 0).isTrue();
        assertThat(crop.top() + crop.height()).isLessThanOrEqualTo(height);
        assertThat(crop.left() + crop.width()).isLessThanOrEqualTo(width);
        area[i] = (double) crop.width() * crop.height() / ((double) width * height);
        ratio[i] = Math.log((double) crop.width() / crop.height());
        top[i] = (double) crop.top() / Math.max(1, height - crop.height());
        left[i] = (double) crop.left() / Math.max(1, width - crop.width());
      }
      checkQuantiles(area, golden.get("area_fraction"));
      checkQuantiles(ratio, golden.get("log_ratio_w_over_h"));
      assertThat(Arrays.stream(top).average().orElseThrow())
          .isCloseTo(golden.get("top_relative_mean").asDouble(), within(2 * MEAN_TOLERANCE));
      assertThat(Arrays.stream(left).average().orElseThrow())
          .isCloseTo(golden.get("left_relative_mean").asDouble(), within(2 * MEAN_TOLERANCE));
      assertThat(Arrays.stream(area).average().orElseThrow())
          .isCloseTo(golden.get("area_fraction").get("mean").asDouble(), within(MEAN_TOLERANCE));
      assertThat(Arrays.stream(ratio).average().orElseThrow())
          .isCloseTo(
              golden.get("log_ratio_w_over_h").get("mean").asDouble(), within(MEAN_TOLERANCE));
    }
  }

  /** The share of draws below each of the reference's quantiles is that quantile's. */
  private static void checkQuantiles(double[] draws, JsonNode golden) {
    double[] shares = {0.05, 0.25, 0.5, 0.75, 0.95};
    JsonNode quantiles = golden.get("quantiles_0_5_25_50_75_95_100");
    for (int i = 0; i < shares.length; i++) {
      double limit = quantiles.get(i + 1).asDouble();
      double below = Arrays.stream(draws).filter(draw -> draw < limit).count();
      double upTo = Arrays.stream(draws).filter(draw -> draw <= limit).count();
      // Both sides are 20 000 draws: five standard errors of their difference.
      double tolerance = 5 * Math.sqrt(2 * shares[i] * (1 - shares[i]) / draws.length);
      assertThat(below / draws.length).isLessThan(shares[i] + tolerance);
      assertThat(upTo / draws.length).isGreaterThan(shares[i] - tolerance);
    }
  }

  @Test
  void operationsAreDrawnEvenlyAndSignsHalfAndHalf() {
    Map<Operation.Kind, Integer> counts = new EnumMap<>(Operation.Kind.class);
    Map<Operation.Kind, Integer> negative = new EnumMap<>(Operation.Kind.class);
    for (int i = 0; i < 5000; i++) {
      Augmentation drawn = AugmentationRecipe.datacompdr().sample(224, 224, 224, RANDOM);
      for (Operation operation : ((Step.Operations) drawn.steps().get(1)).operations()) {
        counts.merge(operation.kind(), 1, Integer::sum);
        negative.merge(operation.kind(), operation.magnitude() < 0 ? 1 : 0, Integer::sum);
      }
    }
    // Expectation 714 and 357; five standard deviations are 129 and 94.
    JsonNode golden = Goldens.json("goldens/sampling_stats.json").get("rand_augment");
    for (Operation.Kind kind : Operation.Kind.values()) {
      assertThat(golden.get("count").get(name(kind)).asInt()).isBetween(585, 843);
      assertThat(golden.get("negative").get(name(kind)).asInt() > 0).isEqualTo(kind.signed());
      assertThat(counts.get(kind)).as(kind.name()).isBetween(585, 843);
      if (kind.signed()) {
        assertThat(negative.get(kind)).as(kind.name()).isBetween(263, 451);
      } else {
        assertThat(negative.get(kind)).as(kind.name()).isZero();
      }
    }
  }

  @Test
  void theSameIdSeedAndIndexGiveTheSameAugmentationForEver() {
    AugmentationRecipe recipe = AugmentationRecipe.mild();

    String drawn = recipe.sample(128, 96, 64, AugmentationRecipe.seeded("a1b2", 7, 3)).toJson();

    // Written down: a change here would make stored reinforcements unrepeatable.
    assertThat(drawn).isEqualTo("[[0, 15, 88, 109], false, [[7, -0.14999999105930328]]]");
    Set<String> others = new HashSet<>();
    for (int index = 0; index < 10; index++) {
      others.add(recipe.sample(128, 96, 64, AugmentationRecipe.seeded("a1b2", 7, index)).toJson());
      others.add(recipe.sample(128, 96, 64, AugmentationRecipe.seeded("a1b2", 8, index)).toJson());
      others.add(recipe.sample(128, 96, 64, AugmentationRecipe.seeded("a1b3", 7, index)).toJson());
    }
    assertThat(others).hasSize(30);
  }

  @Test
  void whatIsDrawnSurvivesStorageAndReplays() {
    RgbImage source = RgbImage.filled(90, 70, 0x4080c0);
    for (int i = 0; i < 200; i++) {
      Augmentation drawn = AugmentationRecipe.mild().sample(90, 70, 32, RANDOM);

      Augmentation read = Augmentation.parse(drawn.toJson());

      assertThat(read).isEqualTo(drawn);
      assertThat(read.apply(source, 32).width()).isEqualTo(32);
      assertThat(read.apply(source, 32)).isEqualTo(drawn.apply(source, 32));
    }
  }

  @Test
  void recipesAreReadableAndWritableAsJson() throws Exception {
    JsonMapper json = new JsonMapper();

    String text = json.writeValueAsString(AugmentationRecipe.mild());

    assertThat(json.readValue(text, AugmentationRecipe.class)).isEqualTo(AugmentationRecipe.mild());
  }

  @Test
  void parametersThatAreNoneAreRefusedWithWhatWasExpected() {
    for (String wrong :
        new String[] {
          "",
          "{",
          "7",
          "{}",
          "[[1,2,3]]",
          "[[0,0,0,5]]",
          "[[[99, 0.0]]]",
          "[[[1]]]",
          "[[1.5,2,3,4]]",
          "[[0,0,999999999,5]]",
          "[\"x\"]"
        }) {
      assertThatThrownBy(() -> Augmentation.parse(wrong))
          .as(wrong)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("augmentation parameters");
    }
  }
}
