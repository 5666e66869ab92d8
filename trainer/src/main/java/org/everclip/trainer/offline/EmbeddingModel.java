package org.everclip.trainer.offline;

import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.ClipModel;
import org.everclip.formats.image.RgbImage;

/** Pictures and texts to unit vectors; what {@link HeldOut} needs of a model. */
public interface EmbeddingModel {

  float[][] images(List<RgbImage> images);

  float[][] texts(List<String> texts);

  /** A model as it is; the caller closes it. */
  static EmbeddingModel of(ClipModel model) {
    return new EmbeddingModel() {
      @Override
      public float[][] images(List<RgbImage> images) {
        return model.encodeImages(images.stream().map(model.preprocessing()::apply).toList());
      }

      @Override
      public float[][] texts(List<String> texts) {
        return model.encodeTexts(texts);
      }
    };
  }

  /** Several models as one: the cosine of joined vectors is the mean of the models' cosines. */
  static EmbeddingModel ensemble(List<EmbeddingModel> models) {
    return new EmbeddingModel() {
      @Override
      public float[][] images(List<RgbImage> images) {
        return join(models.stream().map(model -> model.images(images)).toList());
      }

      @Override
      public float[][] texts(List<String> texts) {
        return join(models.stream().map(model -> model.texts(texts)).toList());
      }
    };
  }

  private static float[][] join(List<float[][]> parts) {
    float scale = (float) (1 / Math.sqrt(parts.size()));
    List<float[]> rows = new ArrayList<>();
    for (int row = 0; row < parts.get(0).length; row++) {
      int width = 0;
      for (float[][] part : parts) {
        width += part[row].length;
      }
      float[] joined = new float[width];
      int at = 0;
      for (float[][] part : parts) {
        for (float value : part[row]) {
          joined[at++] = value * scale;
        }
      }
      rows.add(joined);
    }
    return rows.toArray(float[][]::new);
  }
}
