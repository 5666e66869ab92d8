package org.everclip.formats.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
            default ->
                assertThat(reader.doubles(info.name())[i])
                    .isCloseTo(values.get(i).asDouble(), within(PRINTED));
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

  @Test
  void readsBehindAHoleLargerThanAnyArray() throws IOException {
    Path file = folder.resolve("large.safetensors");
    long hole = 5L << 30;
    byte[] json =
        ("{\"hole\":{\"dtype\":\"U8\",\"shape\":[" + hole + "],\"data_offsets\":[0," + hole + "]},")
            .concat("\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[" + hole + ",")
            .concat(hole + 12 + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer values = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    values.asFloatBuffer().put(new float[] {1, -2, 3});
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      ByteBuffer length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
      channel.write(length.putLong(json.length).flip());
      channel.write(ByteBuffer.wrap(json));
      channel.write(values, 8 + json.length + hole);
    }

    try (WeightFile reader = WeightFile.open(file)) {
      assertThat(Files.size(file)).isGreaterThan(hole);
      assertThat(reader.floats("w")).containsExactly(1, -2, 3);
      assertThatThrownBy(() -> reader.longs("hole"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("more values than a Java array can hold");
    }
  }

  @Test
  void tensorsLargerThanAWindowAreReadPieceByPiece() throws IOException {
    Path file = folder.resolve("windows.safetensors");
    float[] floats = new float[100_003];
    long[] longs = new long[30_001];
    Arrays.setAll(longs, i -> i * 1_000_003L);
    for (int i = 0; i < floats.length; i++) {
      floats[i] = i * 0.37f;
    }
    SafetensorsWriter.write(
        file,
        List.of(
            new Tensor("f", new long[] {floats.length}, floats),
            new LongTensor("l", new long[] {longs.length}, longs)),
        Map.of());

    try (SafetensorsReader reader = SafetensorsReader.open(file, 1 << 12)) {
      assertThat(reader.floats("f")).isEqualTo(floats);
      assertThat(reader.longs("l")).isEqualTo(longs);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void storesFloatsInHalfTheBytesOnRequest(Dtype type) throws IOException {
    Path file = folder.resolve("half.safetensors");
    float[] values = new float[70_000];
    Random random = new Random(3);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(10) - 6));
    }
    var tensors =
        List.of(
            new Tensor("w", new long[] {700, 100}, values),
            new LongTensor("n", new long[0], new long[] {7}));

    SafetensorsWriter.write(file, tensors, Map.of(), type);

    int mantissa = type == Dtype.F16 ? 10 : 7;
    try (WeightFile reader = WeightFile.open(file)) {
      assertThat(reader.tensors().get("w").dtype()).isEqualTo(type.name());
      assertThat(reader.tensors().get("w").length()).isEqualTo(2L * values.length);
      assertThat(reader.longs("n")).containsExactly(7);
      float[] read = reader.floats("w");
      for (int i = 0; i < values.length; i++) {
        double half = Math.max(Math.abs(values[i]), 0x1p-14) * Math.pow(2, -mantissa - 1);
        assertThat((double) read[i]).isCloseTo(values[i], within(half));
      }
    }
  }

  @Test
  void everyHalfIsReadAndWrittenExactly() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = Half.toFloat((short) bits);
      if (Float.isNaN(value)) {
        assertThat(Half.toFloat(Half.fromFloat(value))).isNaN();
      } else {
        assertThat(Half.fromFloat(value)).isEqualTo((short) bits);
      }
    }
    // Halfway between two neighbours: to the even one; beyond the last: infinite.
    assertThat(Half.toFloat(Half.fromFloat(2049))).isEqualTo(2048);
    assertThat(Half.toFloat(Half.fromFloat(2051))).isEqualTo(2052);
    assertThat(Half.toFloat(Half.fromFloat(0x1p-25f))).isZero();
    assertThat(Half.toFloat(Half.fromFloat(0x1.8p-24f))).isEqualTo(0x1p-23f);
    assertThat(Half.toFloat(Half.fromFloat(65519))).isEqualTo(65504);
    assertThat(Half.toFloat(Half.fromFloat(65520))).isInfinite();
  }

  @Test
  void aValueThatDoesNotFitIsNotStoredAsInfinity() {
    var tensor = new Tensor("w", new long[] {1}, new float[] {70_000});

    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(
                    folder.resolve("x.safetensors"), List.of(tensor), Map.of(), Dtype.F16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("70000");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void twoTensorsOfOneNameAreNotWritten() {
    var tensor = new Tensor("w", new long[] {1}, new float[] {1});

    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(
                    folder.resolve("x.safetensors"), List.of(tensor, tensor), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two tensors are named 'w'");
    assertThat(folder).isEmptyDirectory();
  }

  /** The first bytes, the header's length, are those of a pickle or of gzip. */
  @ParameterizedTest
  @ValueSource(ints = {0x80, 0x280, 0x8b1f, 0x88b1f})
  void aHeaderWhoseLengthLooksLikeAnotherFormatIsRead(int length) throws IOException {
    String json = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    byte[] header = (json + " ".repeat(length - json.length())).getBytes(StandardCharsets.UTF_8);

    try (WeightFile reader = WeightFile.open(file(length, header, 8))) {
      assertThat(reader.floats("w")).containsExactly(0, 0);
    }
  }
}
