package org.everclip.evaluation;

import java.util.List;
import org.everclip.formats.image.RgbImage;

/** What an evaluation needs of a model; rows are L2-normalised. */
public interface EvaluatedModel extends AutoCloseable {

  /** Brings a decoded picture to the model's square input. */
  RgbImage preprocess(RgbImage image);

  /** Unit rows [n, d] of preprocessed pictures. */
  float[][] encodeImages(List<RgbImage> squares);

  /** Unit rows [n, d] of texts. */
  float[][] encodeTexts(List<String> texts);

  @Override
  void close();
}
