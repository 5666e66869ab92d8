package org.everclip.formats.weights;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.util.TreeMap;
import org.everclip.formats.AtomicFile;

/**
 * Writes safetensors: metadata sorted by key, tensors in the given order, header padded to 8 bytes.
 * The same input gives the same bytes. The file appears under its name only when it is whole. Float
 * tensors are stored as F32 or, on request, rounded to nearest even as F16 or BF16.
 */
public final class SafetensorsWriter {
  private static final int BUFFER_BYTES = 1 << 20;

  private SafetensorsWriter() {}

  public static void write(
      Path path, List<? extends WeightEntry> tensors, Map<String, String> metadata)
      throws IOException {
    write(path, tensors, metadata, Dtype.F32);
  }

  /**
   * Writes float tensors in the given type.
   *
   * @param floats F32, F16 or BF16
   * @throws IllegalArgumentException when a finite value would become infinite
   */
  public static void write(
      Path path, List<? extends WeightEntry> tensors, Map<String, String> metadata, Dtype floats)
      throws IOException {
    if (floats != Dtype.F32 && floats != Dtype.F16 && floats != Dtype.BF16) {
      throw new IllegalArgumentException("expected F32, F16 or BF16, got " + floats);
    }
    byte[] header = header(tensors, metadata, floats);
    Path aside = AtomicFile.aside(path);
    try {
      try (FileChannel channel =
          FileChannel.open(
              aside,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(header.length);
        flush(channel, buffer);
        writeAll(channel, ByteBuffer.wrap(header));
        for (WeightEntry tensor : tensors) {
          if (tensor instanceof Tensor values) {
            writeFloats(channel, buffer, values.values(), floats);
          } else if (tensor instanceof LongTensor longs) {
            writeLongs(channel, buffer, longs.values());
          } else {
            throw new AssertionError("unhandled " + tensor);
          }
        }
      }
      AtomicFile.publish(aside, path);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static byte[] header(
      List<? extends WeightEntry> tensors, Map<String, String> metadata, Dtype floats)
      throws IOException {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    if (!metadata.isEmpty()) {
      ObjectNode texts = root.putObject("__metadata__");
      new TreeMap<>(metadata).forEach(texts::put);
    }
    long offset = 0;
    for (WeightEntry tensor : tensors) {
      if (root.has(tensor.name())) {
        throw new IllegalArgumentException("two tensors are named '" + tensor.name() + "'");
      }
      Dtype type = tensor instanceof Tensor ? floats : Dtype.I64;
      long length =
          Math.multiplyExact(
              (long) type.size(), Arrays.stream(tensor.shape()).reduce(1, Math::multiplyExact));
      ObjectNode node = root.putObject(tensor.name());
      node.put("dtype", type.name());
      ArrayNode shape = node.putArray("shape");
      Arrays.stream(tensor.shape()).forEach(shape::add);
      node.putArray("data_offsets").add(offset).add(offset + length);
      offset += length;
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    if (padded.length > SafetensorsHeader.MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected a header of at most "
              + SafetensorsHeader.MAX_BYTES
              + " bytes, names and metadata need "
              + padded.length);
    }
    return padded;
  }

  private static void writeFloats(
      FileChannel channel, ByteBuffer buffer, float[] values, Dtype type) throws IOException {
    for (int from = 0; from < values.length; ) {
      int count = Math.min(values.length - from, buffer.capacity() / type.size());
      if (type == Dtype.F32) {
        buffer.asFloatBuffer().put(values, from, count);
        buffer.position(count * Float.BYTES);
      } else {
        Values.put(type, values, from, count, buffer);
      }
      flush(channel, buffer);
      from += count;
    }
  }

  private static void writeLongs(FileChannel channel, ByteBuffer buffer, long[] values)
      throws IOException {
    for (int from = 0; from < values.length; ) {
      int count = Math.min(values.length - from, buffer.capacity() / Long.BYTES);
      buffer.asLongBuffer().put(values, from, count);
      buffer.position(count * Long.BYTES);
      flush(channel, buffer);
      from += count;
    }
  }

  private static void flush(FileChannel channel, ByteBuffer buffer) throws IOException {
    writeAll(channel, buffer.flip());
    buffer.clear();
  }

  private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
