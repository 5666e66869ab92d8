package org.everclip.evaluation;

import java.util.List;
import org.everclip.formats.image.RgbImage;

/** What an evaluation needs of a model; rows are L2-normalised. */
public interface EvaluatedModel extends AutoCloseable {

  /** The constant by which the reference multiplies cosines. */
  float REFERENCE_SCALE = 100;

  /** Brings a decoded picture to the model's square input. */
  RgbImage preprocess(RgbImage image);

  /** Unit rows [n, d] of preprocessed pictures. */
  float[][] encodeImages(List<RgbImage> squares);

  /** Unit rows [n, d] of texts. */
  float[][] encodeTexts(List<String> texts);

  /** The model's own factor from cosine to logit; only calibration depends on it. */
  default float logitScale() {
    return REFERENCE_SCALE;
  }

  @Override
  void close();
}
