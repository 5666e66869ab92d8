package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * A file of named tensors, whatever its format. What a file claims is checked when it is opened;
 * nothing in it is ever executed. Thread-safe. Closing frees the file; arrays stay.
 */
public sealed interface WeightFile extends AutoCloseable permits SafetensorsReader, TorchFile {
  /**
   * Opens a safetensors file or a tensor dictionary of {@code torch.save}, also gzipped. The
   * content decides, not the name.
   *
   * @throws WeightFileException when it is neither, with advice what to do about it
   */
  static WeightFile open(Path path) throws IOException {
    return TorchFile.isTorch(path) ? TorchFile.open(path) : SafetensorsReader.open(path);
  }

  /** All tensors by name, in the order of the file. */
  Map<String, TensorInfo> tensors();

  /** Texts beside the tensors. */
  Map<String, String> metadata();

  /**
   * Returns the values of an F32, F16 or BF16 tensor as float32, exactly; those of F64 rounded.
   *
   * @throws IllegalArgumentException when there is no such tensor or it is of another type
   */
  float[] floats(String name) throws IOException;

  /** Returns the values of a tensor of any float type, exactly. */
  double[] doubles(String name) throws IOException;

  /** Returns the values of an I64 tensor; I32, I16, I8, U8 and BOOL are widened. */
  long[] longs(String name) throws IOException;

  @Override
  void close() throws IOException;
}
