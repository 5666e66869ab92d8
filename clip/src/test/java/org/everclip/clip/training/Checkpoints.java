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
    return of(file, "");
  }

  /** The tensors whose names begin so, without that beginning. */
  static Map<String, float[]> of(Path file, String prefix) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      Map<String, float[]> values = new TreeMap<>();
      for (String name : reader.tensors().keySet()) {
        if (name.startsWith(prefix)) {
          values.put(name.substring(prefix.length()), reader.floats(name));
        }
      }
      return values;
    }
  }
}
