package org.everclip.formats.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
  /** The sample lists nine digits. */
  private static final double PRINTED = 1e-8;

  @TempDir Path folder;

  @Test
  void readsEveryTypeOfTheSample() throws IOException {
    JsonNode expected = Goldens.json("goldens/mixed.json").get("tensors");

    try (SafetensorsReader reader =
        SafetensorsReader.open(Goldens.path("goldens/mixed.safetensors"))) {
      assertThat(reader.tensors()).hasSizeGreaterThan(8);
      for (TensorInfo info : reader.tensors().values()) {
        JsonNode values = expected.get(info.name()).get("values");
        assertThat(info.elements()).isEqualTo(values.size());
        for (int i = 0; i < values.size(); i++) {
          switch (info.dtype()) {
            case "F32", "F16", "BF16" ->
                assertThat((double) reader.floats(info.name())[i])
                    .as("%s %d", info, i)
                    .isCloseTo(values.get(i).asDouble(), within(PRINTED));
            case "I64", "I32", "BOOL", "U8" ->
                assertThat(reader.longs(info.name())[i]).isEqualTo(values.get(i).asLong());
            default -> assertThat(info.dtype()).isEqualTo("F64");
          }
        }
      }
    }
  }

  @Test
  void writesDeterministicallyWhatItReadsBack() throws IOException {
    List<WeightEntry> tensors =
        List.of(
            new Tensor("z.weight", new long[] {2, 3}, new float[] {1, -2, 3.5f, 0, 1e-40f, 9}),
            new LongTensor("steps", new long[] {}, new long[] {1L << 40}),
            new Tensor("a.empty", new long[] {0, 7}, new float[0]));
    Map<String, String> metadata = Map.of("format", "pt", "step", "12");

    SafetensorsWriter.write(folder.resolve("a/one.safetensors"), tensors, metadata);
    SafetensorsWriter.write(folder.resolve("a/two.safetensors"), tensors, metadata);

    assertThat(folder.resolve("a/one.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("a/two.safetensors"));
    try (Stream<Path> files = Files.list(folder.resolve("a"))) {
      assertThat(files).hasSize(2);
    }
    try (SafetensorsReader reader = SafetensorsReader.open(folder.resolve("a/one.safetensors"))) {
      assertThat(reader.metadata()).isEqualTo(metadata);
      assertThat(reader.tensors().keySet()).containsExactly("z.weight", "steps", "a.empty");
      assertThat(reader.floats("z.weight")).containsExactly(1, -2, 3.5f, 0, 1e-40f, 9);
      assertThat(reader.longs("steps")).containsExactly(1L << 40);
      assertThat(reader.floats("a.empty")).isEmpty();
      assertThat(reader.tensors().get("z.weight").offset() % 8).isZero();
    }
  }

  @Test
  void doesNotWriteTwoTensorsOfOneName() {
    Tensor tensor = new Tensor("w", new long[] {1}, new float[1]);

    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(
                    folder.resolve("x.safetensors"), List.of(tensor, tensor), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'w'");
    assertThat(folder).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{\"a\":1}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}",
        "{\"a\":{\"dtype\":\"X9\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "{\"__metadata__\":{\"x\":1},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} x",
        "{"
      })
  void refusesHostileHeaders(String json) throws IOException {
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    Path file = file(header.length, header, 8);

    assertThatThrownBy(() -> SafetensorsReader.open(file))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("no safetensors file");
  }

  @ParameterizedTest
  @CsvSource({"-1", "0", "1000", "9223372036854775807", "25000001"})
  void refusesHeaderLengthsBeyondTheFile(long length) throws IOException {
    Path file = file(length, "{}".getBytes(StandardCharsets.UTF_8), 8);

    assertThatThrownBy(() -> SafetensorsReader.open(file)).isInstanceOf(WeightFileException.class);
  }

  private Path file(long headerLength, byte[] header, int data) throws IOException {
    byte[] bytes =
        ByteBuffer.allocate(8 + header.length + data)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(headerLength)
            .put(header)
            .array();
    return Files.write(folder.resolve("hostile.safetensors"), bytes);
  }

  @Test
  void saysWhichTensorIsMissingOrOfAnotherType() throws IOException {
    Path file = folder.resolve("t.safetensors");
    SafetensorsWriter.write(
        file, List.of(new LongTensor("n", new long[] {1}, new long[1])), Map.of());

    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      assertThatThrownBy(() -> reader.floats("w")).hasMessageContaining("'w'");
      assertThatThrownBy(() -> reader.floats("n")).hasMessageContaining("I64");
    }
  }
}
