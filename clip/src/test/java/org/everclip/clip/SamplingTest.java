package org.everclip.clip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
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
    "top_k_3, TOP_K, 1, 3",
    "top_p_0.9, TOP_P, 0.9, 1",
    "top_p_0.5, TOP_P, 0.5, 1",
    "top_p_0.1, TOP_P, 0.1, 1"
  })
  void choosesWithTheReferencesProbabilities(String name, Method method, double topP, int topK) {
    var decoding = new Decoding(method, topP, topK, 1, 8, 0, 1);
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
