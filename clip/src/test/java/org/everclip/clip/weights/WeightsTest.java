package org.everclip.clip.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Golden;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.formats.weights.WeightFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightsTest {

  private static final String COUNTER = ".num_batches_tracked";

  private final NDManager manager = NDManager.newBaseManager();

  @TempDir Path folder;

  @AfterEach
  void frees() {
    manager.close();
  }

  /** Strict loaders want the batch counters too. */
  @ParameterizedTest
  @CsvSource({
    "mobileclip_tiny_s0, mobileclip_tiny_s0.train.tsv",
    "mobileclip_tiny_b, mobileclip_tiny_b.train.tsv",
    "open_clip_tiny_mci0, open_clip_tiny_mci0.tsv",
    "open_clip_tiny_mci3, open_clip_tiny_mci3.tsv"
  })
  void aWrittenFileHasExactlyTheReferencesTensors(String name, String listing) throws Exception {
    var weights = fill(name);
    weights.batchesTracked(5);
    var file = folder.resolve(name + ".safetensors");

    weights.save(file, Map.of());

    try (var open = WeightFile.open(file)) {
      var shapes = new TreeMap<String, List<Long>>();
      open.tensors()
          .forEach((key, info) -> shapes.put(key, Arrays.stream(info.shape()).boxed().toList()));
      assertThat(shapes).isEqualTo(Golden.listing(listing));
      for (var info : open.tensors().values()) {
        assertThat(info.dtype()).isEqualTo(info.name().endsWith(COUNTER) ? "I64" : "F32");
        if (info.name().endsWith(COUNTER)) {
          assertThat(open.longs(info.name())).containsExactly(5);
        }
      }
    }
    assertThat(Weights.load(file, network(name), manager).batchesTracked()).isEqualTo(5);
  }

  @Test
  void everyTensorThatDoesNotFitIsNamed() throws Exception {
    var file = folder.resolve("mci0.safetensors");
    fill("open_clip_tiny_mci0").save(file, Map.of());

    assertThatThrownBy(() -> Weights.load(file, network("open_clip_tiny_mci3"), manager))
        .hasMessageContaining("missing visual.trunk.stages.4.downsample.proj.0.large_conv")
        .hasMessageContaining("unexpected visual.trunk.stem.0.conv_scale.conv.weight")
        .hasMessageContaining(
            "expected visual.trunk.stages.0.blocks.0.mlp.fc1.weight[32, 8, 1, 1] but it is");
  }

  /** Arrays made from Java's memory die with it; those of weights must not. */
  @Test
  void weightsOutliveTheJavaMemoryTheyWereMadeFrom() {
    var weights = fill("open_clip_tiny_clip");

    for (int round = 0; round < 5; round++) {
      System.gc();
      // Reuses freed memory, which would show in arrays that still lie on it.
      fill("open_clip_tiny_coca").close();
    }

    for (var spec : weights.parameterSpecs()) {
      assertThat(weights.get(spec.name()).toFloatArray()).isEqualTo(Golden.fill(spec));
    }
  }

  private Weights fill(String name) {
    return Weights.of(network(name), manager, Golden::fill);
  }

  private static Network network(String name) {
    return Networks.create(Golden.architecture(name), Precision.FP32, Form.TRAIN);
  }
}
