package org.everclip.clip.weights;

import java.io.IOException;
import java.util.Map;
import org.everclip.formats.weights.TensorInfo;
import org.everclip.formats.weights.WeightFile;

/** Tensors under a network's names; where they come from may call them otherwise. */
public interface NamedTensors {

  Map<String, TensorInfo> tensors();

  /** The values of a tensor of floats. */
  float[] floats(String name) throws IOException;

  /** The values of a tensor of whole numbers. */
  long[] longs(String name) throws IOException;

  /** A file whose names are the network's; it stays the caller's. */
  static NamedTensors of(WeightFile file) {
    return new NamedTensors() {
      @Override
      public Map<String, TensorInfo> tensors() {
        return file.tensors();
      }

      @Override
      public float[] floats(String name) throws IOException {
        return file.floats(name);
      }

      @Override
      public long[] longs(String name) throws IOException {
        return file.longs(name);
      }
    };
  }
}
