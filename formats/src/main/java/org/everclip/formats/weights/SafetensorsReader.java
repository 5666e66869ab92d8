package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.formats.archive.ByteSource;

/**
 * Reads a safetensors file. Everything the header claims is checked before a tensor is touched;
 * values are copied out of read-only maps of at most 1 GiB, so files may be larger than 2 GiB.
 */
public final class SafetensorsReader implements WeightFile {
  private static final int WINDOW_BYTES = 1 << 30;

  private final Path path;
  private final ByteSource source;
  private final SafetensorsHeader header;
  private final int windowBytes;

  private SafetensorsReader(
      Path path, ByteSource source, SafetensorsHeader header, int windowBytes) {
    this.path = path;
    this.source = source;
    this.header = header;
    this.windowBytes = windowBytes;
  }

  /**
   * Opens the file and checks its header.
   *
   * @throws WeightFileException when the header is not what the format asks for
   */
  public static SafetensorsReader open(Path path) throws IOException {
    return open(path, WINDOW_BYTES);
  }

  static SafetensorsReader open(Path path, int windowBytes) throws IOException {
    ByteSource source = ByteSource.file(path);
    try {
      return new SafetensorsReader(path, source, readHeader(source), windowBytes);
    } catch (WeightFileException broken) {
      source.close();
      throw new WeightFileException(
          path + " is no safetensors file: " + broken.getMessage(), broken);
    } catch (IOException | RuntimeException failure) {
      source.close();
      throw failure;
    }
  }

  private static SafetensorsHeader readHeader(ByteSource source) throws IOException {
    long size = source.size();
    if (size < 10) {
      throw new WeightFileException("it has only " + size + " bytes");
    }
    long length = source.slice(0, 8).getLong();
    if (length < 2 || length > SafetensorsHeader.MAX_BYTES || length > size - 8) {
      throw new WeightFileException(
          "expected a header of 2 to "
              + Math.min(SafetensorsHeader.MAX_BYTES, size - 8)
              + " bytes, got "
              + Long.toUnsignedString(length));
    }
    byte[] json = new byte[(int) length];
    source.slice(8, json.length).get(json);
    return SafetensorsHeader.parse(json, 8 + length, size);
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return header.tensors();
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public float[] floats(String name) throws IOException {
    TensorInfo info = info(name);
    return Values.floats(info, piece -> windows(info, piece));
  }

  @Override
  public double[] doubles(String name) throws IOException {
    TensorInfo info = info(name);
    return Values.doubles(info, piece -> windows(info, piece));
  }

  @Override
  public long[] longs(String name) throws IOException {
    TensorInfo info = info(name);
    return Values.longs(info, piece -> windows(info, piece));
  }

  private TensorInfo info(String name) {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException(
          path + " has no tensor '" + name + "'; it has " + header.tensors().size() + " others");
    }
    return info;
  }

  private void windows(TensorInfo info, Values.Piece piece) throws IOException {
    for (long done = 0; done < info.length(); done += windowBytes) {
      int length = (int) Math.min(windowBytes, info.length() - done);
      piece.accept(source.slice(info.offset() + done, length));
    }
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
