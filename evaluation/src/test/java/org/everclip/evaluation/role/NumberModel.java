package org.everclip.evaluation.role;

import java.util.List;
import java.util.Random;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.formats.image.RgbImage;

/**
 * Knows numbers: a picture's red is one, a text's last word is one. The better the version, the
 * less noise its rows have; a version knows little of a number that only a later one learned.
 */
record NumberModel(int version) implements EvaluatedModel {

  private static final int DIMENSIONS = 16;

  @Override
  public RgbImage preprocess(RgbImage image) {
    return image;
  }

  @Override
  public float[][] encodeImages(List<RgbImage> squares) {
    return squares.stream()
        .map(square -> row(Byte.toUnsignedInt(square.pixels()[0]), pixelSum(square)))
        .toArray(float[][]::new);
  }

  @Override
  public float[][] encodeTexts(List<String> texts) {
    return texts.stream().map(text -> row(number(text), 0)).toArray(float[][]::new);
  }

  private static int number(String text) {
    String word = text.substring(text.lastIndexOf(' ') + 1);
    return word.matches("\\d+") ? Integer.parseInt(word) : -1;
  }

  private static long pixelSum(RgbImage square) {
    long sum = 0;
    for (byte pixel : square.pixels()) {
      sum = sum * 31 + pixel;
    }
    return sum;
  }

  private float[] row(int number, long seed) {
    var meaning = new Random(number);
    var noise = new Random(seed * 1_000 + version);
    double strength = seed == 0 ? 0 : 1.5 / Math.sqrt(version);
    float[] row = new float[DIMENSIONS];
    double square = 0;
    for (int d = 0; d < DIMENSIONS; d++) {
      row[d] = (float) (meaning.nextGaussian() + strength * noise.nextGaussian());
      square += row[d] * row[d];
    }
    for (int d = 0; d < DIMENSIONS; d++) {
      row[d] /= (float) Math.sqrt(square);
    }
    return row;
  }

  @Override
  public void close() {}
}
