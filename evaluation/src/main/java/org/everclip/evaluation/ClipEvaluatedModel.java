package org.everclip.evaluation;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.formats.image.RgbImage;

/** A CLIP model directory as something to evaluate; owns the model. */
public record ClipEvaluatedModel(ClipModel model) implements EvaluatedModel {

  /** Loads a model directory. */
  public static ClipEvaluatedModel load(Path directory, Precision precision) throws IOException {
    return new ClipEvaluatedModel(ClipModel.load(directory, precision));
  }

  @Override
  public RgbImage preprocess(RgbImage image) {
    return model.preprocessing().apply(image);
  }

  @Override
  public float[][] encodeImages(List<RgbImage> squares) {
    return model.encodeImages(squares);
  }

  @Override
  public float[][] encodeTexts(List<String> texts) {
    return model.encodeTexts(texts);
  }

  @Override
  public float logitScale() {
    return model.logitScale();
  }

  @Override
  public void close() {
    model.close();
  }
}
