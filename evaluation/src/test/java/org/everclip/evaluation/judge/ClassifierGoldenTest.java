package org.everclip.evaluation.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.Goldens;
import org.everclip.evaluation.metric.Columns;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The zero-shot classifier against what zero_shot_classifier built of the same embeddings. */
class ClassifierGoldenTest {

  static Stream<JsonNode> classifiers() throws IOException {
    return Goldens.cases("classifier.json");
  }

  @ParameterizedTest
  @MethodSource("classifiers")
  void equalsTheReference(JsonNode golden) {
    var texts = new Texts(new LookedUp(golden.path("text_embeddings")), 5);

    float[][] classifier =
        texts.classifier(strings(golden.path("classnames")), strings(golden.path("templates")));

    JsonNode printed = golden.path("classifier_DxC");
    assertThat(printed).isNotEmpty();
    for (int d = 0; d < printed.size(); d++) {
      for (int c = 0; c < classifier.length; c++) {
        assertThat((double) classifier[c][d])
            .isCloseTo(printed.path(d).path(c).asDouble(), within(1e-6));
      }
    }
    float[][] images = Goldens.unitRows(golden.path("image_embeddings"));
    for (int i = 0; i < images.length; i++) {
      float[] cosines = Columns.of(classifier).times(images[i]);
      for (int c = 0; c < cosines.length; c++) {
        assertThat(100.0 * cosines[c])
            .isCloseTo(golden.path("logits_NxC").path(i).path(c).asDouble(), within(1e-4));
      }
    }
  }

  @Test
  void fillsPromptsAsPythonFormats() {
    assertThat(Texts.fill("a {c} and a {c}", "dog")).isEqualTo("a dog and a dog");
    assertThat(Texts.fill("{{{c}}}", "dog")).isEqualTo("{dog}");
    assertThat(Texts.fill("{c}", "a {c}")).isEqualTo("a {c}");
  }

  private static List<String> strings(JsonNode array) {
    return Goldens.elements(array).map(JsonNode::asText).toList();
  }

  private record LookedUp(JsonNode rows) implements EvaluatedModel {

    @Override
    public float[][] encodeTexts(List<String> texts) {
      return texts.stream()
          .map(text -> Goldens.unit(Goldens.row(rows.path(text))))
          .toArray(float[][]::new);
    }

    @Override
    public RgbImage preprocess(RgbImage image) {
      return image;
    }

    @Override
    public float[][] encodeImages(List<RgbImage> squares) {
      throw new UnsupportedOperationException("the golden has embeddings");
    }

    @Override
    public void close() {}
  }
}
