package org.everclip.clip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.formats.weights.WeightFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PositionTablesTest {

  private static final JsonNode GOLDEN = Golden.json("pos_resize");

  /** The reference computed in float32. */
  private static final float ROUNDING = 1e-6f;

  @TempDir Path folder;

  @Test
  void imageTablesAreResizedBicubicallyWithAntialiasing() {
    var table = vector("resize.visual", 17 * 3);

    assertThat(PositionTables.grid(table, 3, 50))
        .containsExactly(golden("visual_4x4_to_7x7"), within(ROUNDING));
    assertThat(PositionTables.grid(table, 3, 5))
        .containsExactly(golden("visual_4x4_to_2x2"), within(ROUNDING));
  }

  @Test
  void textTablesAreResizedLinearly() {
    assertThat(PositionTables.line(vector("resize.text", 10 * 3), 3, 16))
        .containsExactly(golden("text_10_to_16"), within(ROUNDING));
  }

  @Test
  void theOriginalHybridsTableIsResizedAlongItsTokens() {
    assertThat(PositionTables.line(vector("resize.mobileclip_b", 9 * 4), 4, 16))
        .containsExactly(golden("mobileclip_b_original_9_to_16"), within(ROUNDING));
  }

  @Test
  void weightsLoadIntoAModelOfAnotherImageSizeAndContextWhenAsked() throws Exception {
    var small = Golden.architecture("open_clip_tiny_clip");
    var large =
        Architecture.parse(
            small
                .toJson()
                .replace("\"imageSize\" : 64", "\"imageSize\" : 112")
                .replace("\"contextLength\" : 16", "\"contextLength\" : 24"));
    var file = folder.resolve("small.safetensors");
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.of(network(small), manager, Golden::fill)) {
      weights.save(file, Map.of());
      var images = weights.get("visual.positional_embedding").toFloatArray();
      var texts = weights.get("positional_embedding").toFloatArray();
      try (var open = WeightFile.open(file)) {
        var tensors = PositionTables.resized(NamedTensors.of(open), network(large));

        var loaded = Weights.load("small", tensors, network(large), manager);

        assertThat(loaded.get("visual.positional_embedding").toFloatArray())
            .isEqualTo(PositionTables.grid(images, 64, 50));
        assertThat(loaded.get("positional_embedding").toFloatArray())
            .isEqualTo(PositionTables.line(texts, 64, 24));
      }
      assertThatThrownBy(() -> Weights.load(file, network(large), manager))
          .hasMessageContaining("expected visual.positional_embedding[50, 64]");
    }
  }

  @Test
  void tablesOfAnotherWidthStayAnError() throws Exception {
    var narrow = Golden.architecture("open_clip_tiny_clip");
    var wide = Architecture.parse(narrow.toJson().replace("\"width\" : 64", "\"width\" : 128"));
    var file = folder.resolve("narrow.safetensors");
    try (var manager = NDManager.newBaseManager();
        var weights = Weights.of(network(narrow), manager, Golden::fill)) {
      weights.save(file, Map.of());
      try (var open = WeightFile.open(file)) {
        var tensors = PositionTables.resized(NamedTensors.of(open), network(wide));
        assertThatThrownBy(() -> Weights.load("narrow", tensors, network(wide), manager))
            .hasMessageContaining("expected visual.positional_embedding[17, 128]");
      }
    }
  }

  private static Network network(Architecture architecture) {
    return Networks.create(architecture, Precision.FP32, Form.TRAIN);
  }

  private static float[] golden(String name) {
    return Golden.flat(GOLDEN.get(name).get("values"));
  }

  private static float[] vector(String name, int size) {
    var uniform = Golden.uniform(name, size);
    var values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) uniform[i];
    }
    return values;
  }
}
