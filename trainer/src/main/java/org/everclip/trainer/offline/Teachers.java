package org.everclip.trainer.offline;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.formats.image.RgbImage;

/** The models that a student learns from while it trains; they see the same crops and texts. */
final class Teachers implements AutoCloseable {

  private final List<ClipModel> models;
  private final float scale;

  private Teachers(List<ClipModel> models, float scale) {
    this.models = models;
    this.scale = scale;
  }

  static Teachers load(List<Path> directories, float scale) throws IOException {
    List<ClipModel> models = new ArrayList<>();
    for (Path directory : directories) {
      models.add(ClipModel.load(directory, Precision.named("auto")));
    }
    return new Teachers(models, scale);
  }

  /**
   * @param tokenizer the student's, which wrote the ids
   */
  List<TeacherBatch> embed(List<RgbImage> images, List<long[]> ids, Tokenizer tokenizer) {
    if (models.isEmpty()) {
      return List.of();
    }
    List<String> texts = ids.stream().map(tokenizer::decode).toList();
    return models.stream()
        .map(
            model ->
                new TeacherBatch(
                    model.embedDim(),
                    scale,
                    flat(
                        model.encodeImages(
                            images.stream().map(model.preprocessing()::apply).toList())),
                    flat(model.encodeTexts(texts)),
                    null))
        .toList();
  }

  @Override
  public void close() {
    models.forEach(ClipModel::close);
  }

  private static float[] flat(float[][] rows) {
    float[] flat = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, flat, i * rows[0].length, rows[0].length);
    }
    return flat;
  }
}
