package org.everclip.formats.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import java.util.zip.GZIPOutputStream;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that torch wrote, against the values it had. */
class TorchSamplesTest {
  /** The sample lists nine digits. */
  private static final double PRINTED = 1e-8;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"mixed.pt", "mixed_legacy.pt", "checkpoint.pt", "mixed.safetensors"})
  void readsEveryTensorOfTheSamples(String name) throws IOException {
    check(Goldens.path("goldens/" + name), name.endsWith(".safetensors"));
  }

  @Test
  void theContentDecidesNotTheName() throws IOException {
    Path wrong = folder.resolve("model.safetensors");
    Files.write(wrong, Goldens.bytes("goldens/mixed.pt"));
    check(wrong, false);

    Path gzipped = folder.resolve("model.pth.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(gzipped))) {
      out.write(Goldens.bytes("goldens/mixed_legacy.pt"));
    }
    check(gzipped, false);
  }

  private static void check(Path file, boolean withoutViews) throws IOException {
    JsonNode expected = Goldens.json("goldens/mixed.json").get("tensors");
    Map<String, String> types =
        Map.of(
            "float32",
            "F32",
            "float16",
            "F16",
            "bfloat16",
            "BF16",
            "float64",
            "F64",
            "int64",
            "I64",
            "int32",
            "I32",
            "bool",
            "BOOL");
    try (WeightFile weights = WeightFile.open(file)) {
      var names = new TreeSet<String>();
      expected.fieldNames().forEachRemaining(names::add);
      if (withoutViews) {
        names.removeAll(java.util.List.of("transposed", "slice", "param"));
      }
      assertThat(weights.tensors().keySet()).containsExactlyInAnyOrderElementsOf(names);
      for (TensorInfo info : weights.tensors().values()) {
        JsonNode golden = expected.get(info.name());
        assertThat(info.dtype()).isEqualTo(types.get(golden.get("dtype").asText()));
        assertThat(info.shape().length).isEqualTo(golden.get("shape").size());
        for (int i = 0; i < info.shape().length; i++) {
          assertThat(info.shape()[i]).isEqualTo(golden.get("shape").get(i).asLong());
        }
        double[] values = values(weights, info);
        assertThat(values).hasSize(golden.get("values").size());
        for (int i = 0; i < values.length; i++) {
          assertThat(values[i])
              .as("%s %d", info, i)
              .isCloseTo(golden.get("values").get(i).asDouble(), within(PRINTED));
        }
      }
    }
  }

  private static double[] values(WeightFile weights, TensorInfo info) throws IOException {
    if (Dtype.valueOf(info.dtype()).isFloat()) {
      return weights.doubles(info.name());
    }
    return java.util.Arrays.stream(weights.longs(info.name())).asDoubleStream().toArray();
  }

  @Test
  void sharesAStorageBetweenATransposedTensorAndItsSlice() throws IOException {
    try (WeightFile weights = WeightFile.open(Goldens.path("goldens/mixed.pt"))) {
      assertThat(weights.tensors().get("slice").offset())
          .isNotEqualTo(weights.tensors().get("transposed").offset());
      assertThat(weights.floats("slice")[0]).isEqualTo(weights.floats("transposed")[9]);
    }
  }

  @Test
  void whatStandsBesideTheTensorsOfACheckpointIsMetadata() throws IOException {
    try (WeightFile weights = WeightFile.open(Goldens.path("goldens/checkpoint.pt"))) {
      assertThat(weights.metadata()).containsEntry("epoch", "3").containsEntry("name", "x");
      assertThat(weights.tensors()).containsKey("a.weight");
    }
  }

  @Test
  void aWholeModelHoldsTheFilledValuesBitForBit() throws IOException {
    try (WeightFile weights = WeightFile.open(Goldens.path("goldens/mobileclip_tiny_s0.pt"))) {
      assertThat(weights.tensors()).hasSizeGreaterThan(100);
      for (TensorInfo info : weights.tensors().values()) {
        if (info.dtype().equals("F32")) {
          assertThat(weights.floats(info.name())).isEqualTo(Fill.values(info));
        } else {
          assertThat(info.name()).endsWith("num_batches_tracked");
          assertThat(weights.longs(info.name())).containsExactly(0);
        }
      }
    }
  }
}
