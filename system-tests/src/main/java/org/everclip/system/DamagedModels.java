package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.formats.weights.SafetensorsReader;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.formats.weights.TensorInfo;

/** A model that travels with the program, more and less damaged: no two are equally good. */
final class DamagedModels {

  private DamagedModels() {}

  /**
   * Writes so many model directories, the first the worst.
   *
   * @param root folder of the program
   */
  static List<Path> of(Path root, Path target, int count) throws IOException {
    Path original = root.resolve("demo/models/teacher-conv");
    var models = new ArrayList<Path>();
    for (int n = 1; n <= count; n++) {
      Path folder = Files.createDirectories(target.resolve("v" + n));
      for (String file : List.of("model.json", "tokenizer.json")) {
        Files.copy(original.resolve(file), folder.resolve(file));
      }
      damage(
          original.resolve("model.safetensors"),
          folder.resolve("model.safetensors"),
          0.4 / n,
          new Random(n));
      models.add(folder);
    }
    return models;
  }

  private static void damage(Path from, Path to, double share, Random random) throws IOException {
    try (var reader = SafetensorsReader.open(from)) {
      var tensors = new ArrayList<Tensor>();
      for (Map.Entry<String, TensorInfo> one : reader.tensors().entrySet()) {
        float[] values = reader.floats(one.getKey());
        boolean matrix = one.getValue().shape().length > 1;
        double square = 0;
        for (float value : values) {
          square += value * value;
        }
        double deviation = Math.sqrt(square / Math.max(1, values.length));
        for (int i = 0; matrix && i < values.length; i++) {
          values[i] += (float) (share * deviation * random.nextGaussian());
        }
        tensors.add(new Tensor(one.getKey(), one.getValue().shape(), values));
      }
      SafetensorsWriter.write(to, tensors, reader.metadata());
    }
  }
}
