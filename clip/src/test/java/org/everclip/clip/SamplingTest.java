package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Random;
import org.everclip.clip.Decoding.Method;
import org.everclip.clip.network.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingTest {

  private static final int GRID = 20_000;

  private final JsonNode golden = Golden.json("fill").get("sampling");

  /** The share of evenly spread draws that choose an id is its probability. */
  @ParameterizedTest
  @CsvSource({
    "softmax, TOP_P, 1, 1, 1",
    "top_k_3, TOP_K, 1, 3, 1",
    "top_p_0.9, TOP_P, 0.9, 1, 1",
    "top_p_0.5, TOP_P, 0.5, 1, 1",
    "top_p_0.1, TOP_P, 0.1, 1, 1",
    "temperature_0.7_then_top_k_5_then_top_p_0.8, TEMPERATURE_TOP_K_TOP_P, 0.8, 5, 0.7"
  })
  void choosesWithTheReferencesProbabilities(
      String name, Method method, double topP, int topK, double temperature) {
    var decoding = new Decoding(method, topP, topK, temperature, 8, 0, 1);
    var expected = doubles(golden.get(name));
    var counts = new double[expected.length];

    for (int i = 0; i < GRID; i++) {
      counts[Sampling.choose(doubles(golden.get("logits")), decoding, (i + 0.5) / GRID)]++;
    }

    for (int i = 0; i < expected.length; i++) {
      assertThat(counts[i] / GRID).isCloseTo(expected[i], within(2.0 / GRID));
    }
  }

  @Test
  void penalizesRepetitionAsTheReferenceDoes() {
    var logits = doubles(golden.get("logits"));

    Sampling.penalize(logits, new long[] {0, 3, 5, 3}, 4, 1.2);

    assertThat(logits)
        .containsExactly(doubles(golden.get("repetition_penalty_1.2_on_ids_0_3_5")), within(5e-7));
  }

  /** The orders differ where a low temperature gathers the mass on fewer pieces. */
  @Test
  void theTemperatureComesAfterTheFilterUnlessTheMethodSaysOtherwise() {
    var logits = new double[] {2, 1, 0};
    var after = new Decoding(Method.TOP_P, 0.7, 3, 0.2, 8, 0, 1);
    var before = new Decoding(Method.TEMPERATURE_TOP_K_TOP_P, 0.7, 3, 0.2, 8, 0, 1);

    assertThat(Sampling.choose(logits.clone(), after, 0.999)).isEqualTo(1);
    assertThat(Sampling.choose(logits.clone(), before, 0.999)).isEqualTo(0);
  }

  /** Compares with the definition: sort, add up, cut. */
  @Test
  void keepsTheNucleusOfAnyDistribution() {
    var random = new Random(20261123);
    for (int trial = 0; trial < 300; trial++) {
      var logits = random.doubles(1 + random.nextInt(300), -4, 4).toArray();
      if (trial % 3 == 0) {
        logits[random.nextInt(logits.length)] = Double.NEGATIVE_INFINITY;
      }
      double mass = 0.05 + 0.95 * random.nextDouble();
      var sorted = logits.clone();
      Arrays.sort(sorted);
      var probabilities = Sampling.softmax(sorted);
      double smallest = sorted[sorted.length - 1];
      double cumulative = 0;
      for (int i = 0; i < sorted.length && cumulative <= 1 - mass; i++) {
        cumulative += probabilities[i];
        smallest = sorted[i];
      }
      double least = smallest;

      var decoding = new Decoding(Method.TOP_P, mass, 1, 1, 8, 0, 1);
      var kept = logits.clone();
      Sampling.choose(kept, decoding, random.nextDouble());

      assertThat(Arrays.stream(kept).filter(Double::isFinite).sorted().toArray())
          .isEqualTo(Arrays.stream(sorted).filter(v -> v >= least && Double.isFinite(v)).toArray());
    }
  }

  @Test
  void greedyTakesTheFirstOfTheLargest() {
    assertThat(Sampling.choose(new double[] {1, 3, 3, 2}, Decoding.greedy(4), 0.99)).isEqualTo(1);
  }

  private static double[] doubles(JsonNode array) {
    var values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }
}
