package org.everclip.trainer.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.everclip.formats.AtomicFile;
import org.everclip.formats.weights.SafetensorsReader;
import org.everclip.formats.weights.TensorInfo;

/**
 * Rewrites a safetensors file with its float32 tensors as bfloat16, rounded to nearest even: half
 * the size, for models that travel inside a repository. Integers are left out (batch counters).
 */
final class CompactWeights {

  private CompactWeights() {}

  static void rewrite(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode header = mapper.createObjectNode();
    byte[] data;
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      ObjectNode metadata = header.putObject("__metadata__");
      reader.metadata().forEach(metadata::put);
      ByteBuffer values =
          ByteBuffer.allocate((int) Files.size(file)).order(ByteOrder.LITTLE_ENDIAN);
      for (Map.Entry<String, TensorInfo> tensor : reader.tensors().entrySet()) {
        if (!tensor.getValue().dtype().startsWith("I")) {
          put(header.putObject(tensor.getKey()), tensor.getValue(), reader, values);
        }
      }
      data = Arrays.copyOf(values.array(), values.position());
    }
    byte[] json = mapper.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    ByteBuffer whole =
        ByteBuffer.allocate(8 + padded.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    whole.putLong(padded.length).put(padded).put(data);
    Path aside = AtomicFile.aside(file);
    Files.write(aside, whole.array());
    AtomicFile.publish(aside, file);
  }

  private static void put(
      ObjectNode entry, TensorInfo tensor, SafetensorsReader reader, ByteBuffer values)
      throws IOException {
    int begin = values.position();
    for (float value : reader.floats(tensor.name())) {
      values.putShort(bfloat16(value));
    }
    entry.put("dtype", "BF16");
    Arrays.stream(tensor.shape()).forEach(entry.putArray("shape")::add);
    entry.putArray("data_offsets").add(begin).add(values.position());
  }

  static short bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >> 16 | 0x40);
    }
    return (short) ((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
  }
}
