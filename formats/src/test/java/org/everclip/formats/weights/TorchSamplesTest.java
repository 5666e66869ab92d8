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

  /** A storage of more than 4 GiB needs the large numbers of Zip64; almost all of it is a hole. */
  @Test
  void readsArchivesLargerThanFourGibibytes() throws IOException {
    int elements = 1_200_000_000;
    byte[] pickle =
        TorchFiles.pickle()
            .op("}(")
            .text("end")
            .tensor("FloatStorage", "0", elements, elements - 4, 2, 2)
            .op("u.")
            .bytes();
    Path file = folder.resolve("large.pt");
    LargeArchive.write(file, pickle, 4L * elements, new float[] {5, 6, 7, 8});

    try (WeightFile weights = WeightFile.open(file)) {
      assertThat(Files.size(file)).isGreaterThan(1L << 32);
      assertThat(weights.floats("end")).containsExactly(5, 7);
    }
  }

  @Test
  void readsWhatItsWriterWrote() throws IOException {
    Map<String, DenseArray> arrays = new java.util.LinkedHashMap<>();
    arrays.put("b", DenseArray.of(Dtype.BF16, new long[] {2, 3}, new float[] {1, 2, 3, 4, 5, 6}));
    arrays.put("a", DenseArray.of(Dtype.F32, new long[0], new float[] {0.1f}));
    arrays.put("e", DenseArray.of(Dtype.F16, new long[] {0, 4}, new float[0]));
    arrays.put("n", new DenseArray(Dtype.I64, new long[] {1}, new byte[] {9, 0, 0, 0, 0, 0, 0, 0}));

    byte[] bytes = TorchWriter.bytes(arrays);

    assertThat(TorchWriter.bytes(arrays)).isEqualTo(bytes);
    try (TorchFile read = TorchFile.of(bytes)) {
      assertThat(read.tensors().keySet()).containsExactly("b", "a", "e", "n");
      for (Map.Entry<String, DenseArray> array : arrays.entrySet()) {
        TensorInfo info = read.tensors().get(array.getKey());
        assertThat(info.dtype()).isEqualTo(array.getValue().dtype().name());
        assertThat(info.shape()).isEqualTo(array.getValue().shape());
        assertThat(info.offset() % 64).isZero();
      }
      assertThat(read.floats("b")).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(read.floats("a")).containsExactly(0.1f);
      assertThat(read.longs("n")).containsExactly(9);
    }
  }
}
