package org.everclip.clip.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.formats.weights.SafetensorsReader;

/** What a saved state holds, by name. */
final class Checkpoints {

  private Checkpoints() {}

  static Map<String, float[]> values(Path file) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      Map<String, float[]> values = new TreeMap<>();
      for (String name : reader.tensors().keySet()) {
        values.put(name, reader.floats(name));
      }
      return values;
    }
  }
}
