package org.everclip.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.everclip.evaluation.Goldens;
import org.junit.jupiter.api.Test;

class CaptionCleanerTest {

  @Test
  void cleansAsTheReference() throws IOException {
    JsonNode examples = Goldens.file("aro.json").path("pre_caption_max30");
    assertThat(examples).isNotEmpty();
    for (JsonNode example : examples) {
      assertThat(CaptionCleaner.clean(example.path("in").asText()))
          .isEqualTo(example.path("out").asText());
    }
  }
}
