package org.everclip.system;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.formats.image.RgbImage;

/**
 * A stand-in that anybody can rebuild, to compare metrics and not models: a text is the first 12
 * bytes of its SHA-256, an image the mean colour of its quadrants (12 numbers), both as value / 255
 * - 0.5, normalised.
 */
public record HashedModel() implements EvaluatedModel {

  static final int DIMENSIONS = 12;

  @Override
  public RgbImage preprocess(RgbImage image) {
    return image;
  }

  @Override
  public float[][] encodeImages(List<RgbImage> images) {
    return images.stream().map(HashedModel::quadrants).toArray(float[][]::new);
  }

  @Override
  public float[][] encodeTexts(List<String> texts) {
    return texts.stream().map(HashedModel::text).toArray(float[][]::new);
  }

  @Override
  public void close() {}

  static float[] text(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      float[] row = new float[DIMENSIONS];
      for (int d = 0; d < row.length; d++) {
        row[d] = (float) ((hash[d] & 0xff) / 255.0 - 0.5);
      }
      return unit(row);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  private static float[] quadrants(RgbImage image) {
    int halfWidth = image.width() / 2;
    int halfHeight = image.height() / 2;
    float[] row = new float[DIMENSIONS];
    for (int q = 0; q < 4; q++) {
      int left = q % 2 == 0 ? 0 : halfWidth;
      int right = q % 2 == 0 ? halfWidth : image.width();
      int top = q < 2 ? 0 : halfHeight;
      int bottom = q < 2 ? halfHeight : image.height();
      for (int c = 0; c < 3; c++) {
        double sum = 0;
        for (int y = top; y < bottom; y++) {
          for (int x = left; x < right; x++) {
            sum += image.pixels()[3 * (y * image.width() + x) + c] & 0xff;
          }
        }
        row[3 * q + c] = (float) (sum / ((right - left) * (bottom - top)) / 255 - 0.5);
      }
    }
    return unit(row);
  }

  private static float[] unit(float[] row) {
    double square = 0;
    for (float value : row) {
      square += (double) value * value;
    }
    for (int d = 0; d < row.length; d++) {
      row[d] = (float) (row[d] / Math.sqrt(square));
    }
    return row;
  }
}
