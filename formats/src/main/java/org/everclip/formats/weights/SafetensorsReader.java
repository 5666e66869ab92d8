package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Reads a safetensors file. Everything the header claims is checked before a tensor is touched;
 * values are copied out of read-only maps of at most 1 GiB, so files may be larger than 2 GiB.
 * Thread-safe. Closing frees the file; arrays stay.
 */
public final class SafetensorsReader implements AutoCloseable {
  private static final long WINDOW_BYTES = 1L << 30;

  private final Path path;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  private SafetensorsReader(Path path, FileChannel channel, SafetensorsHeader header) {
    this.path = path;
    this.channel = channel;
    this.header = header;
  }

  /**
   * Opens the file and checks its header.
   *
   * @throws WeightFileException when the header is not what the format asks for
   */
  @SuppressWarnings("MustBeClosedChecker")
  public static SafetensorsReader open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new SafetensorsReader(path, channel, readHeader(channel));
    } catch (WeightFileException broken) {
      channel.close();
      throw new WeightFileException(
          path + " is no safetensors file: " + broken.getMessage(), broken);
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  private static SafetensorsHeader readHeader(FileChannel channel) throws IOException {
    long size = channel.size();
    if (size < 10) {
      throw new WeightFileException("it has only " + size + " bytes");
    }
    long length = read(channel, 0, 8).getLong();
    if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > size - 8) {
      throw new WeightFileException(
          "expected a header of 2 to "
              + Math.min(SafetensorsHeader.MAX_BYTES, size - 8)
              + " bytes, got "
              + Long.toUnsignedString(length));
    }
    byte[] json = read(channel, 8, (int) length).array();
    return SafetensorsHeader.parse(json, 8 + length, size);
  }

  private static ByteBuffer read(FileChannel channel, long from, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new WeightFileException("the file shrinks while it is read");
      }
    }
    return buffer.flip();
  }

  /** All tensors by name, in the order of the header. */
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** Returns the values of an F32, F16 or BF16 tensor as float32, exactly. */
  public float[] floats(String name) throws IOException {
    TensorInfo info = info(name);
    float[] values = new float[count(info)];
    int size = SafetensorsHeader.sizeOf(info.dtype());
    switch (info.dtype()) {
      case "F32" ->
          windows(info, size, (buffer, at, n) -> buffer.asFloatBuffer().get(values, at, n));
      case "F16" ->
          windows(
              info, size, (buffer, at, n) -> Half.toFloats(buffer.asShortBuffer(), values, at, n));
      case "BF16" ->
          windows(
              info,
              size,
              (buffer, at, n) -> Half.brainToFloats(buffer.asShortBuffer(), values, at, n));
      default -> throw wrongType(info, "F32, F16 or BF16");
    }
    return values;
  }

  /** Returns the values of an I64 tensor; I32, U8 and BOOL are widened. */
  public long[] longs(String name) throws IOException {
    TensorInfo info = info(name);
    long[] values = new long[count(info)];
    int size = SafetensorsHeader.sizeOf(info.dtype());
    switch (info.dtype()) {
      case "I64" ->
          windows(info, size, (buffer, at, n) -> buffer.asLongBuffer().get(values, at, n));
      case "I32" ->
          windows(
              info,
              size,
              (buffer, at, n) -> {
                for (int i = 0; i < n; i++) {
                  values[at + i] = buffer.getInt(4 * i);
                }
              });
      case "U8", "BOOL" ->
          windows(
              info,
              size,
              (buffer, at, n) -> {
                for (int i = 0; i < n; i++) {
                  values[at + i] = buffer.get(i) & 0xff;
                }
              });
      default -> throw wrongType(info, "I64, I32, U8 or BOOL");
    }
    return values;
  }

  private TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException(
          path + " has no tensor '" + name + "'; it has " + header.tensors().size() + " others");
    }
    return info;
  }

  private int count(TensorInfo info) {
    long elements = info.elements();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor " + info + " has more values than a Java array can hold");
    }
    return (int) elements;
  }

  private IllegalArgumentException wrongType(TensorInfo info, String expected) {
    return new IllegalArgumentException(path + ": expected " + expected + ", got " + info);
  }

  /** Takes {@code count} values from the beginning of the buffer to index {@code at}. */
  private interface Copy {
    void run(ByteBuffer buffer, int at, int count);
  }

  private void windows(TensorInfo info, int size, Copy copy) throws IOException {
    long done = 0;
    while (done < info.length()) {
      long length = Math.min(WINDOW_BYTES, info.length() - done);
      ByteBuffer window =
          channel
              .map(FileChannel.MapMode.READ_ONLY, info.offset() + done, length)
              .order(ByteOrder.LITTLE_ENDIAN);
      copy.run(window, (int) (done / size), (int) (length / size));
      done += length;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
