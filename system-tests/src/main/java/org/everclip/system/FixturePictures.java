package org.everclip.system;

import java.util.SplittableRandom;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/** Small pictures whose quadrants' colours lie near a direction, for {@link HashedModel}. */
final class FixturePictures {

  private static final int SIDE = 8;
  private static final double CONTRAST = 0.45;

  private final SplittableRandom random;

  FixturePictures(SplittableRandom random) {
    this.random = random;
  }

  /**
   * A PNG whose quadrants are grey plus a direction and noise.
   *
   * @param direction unit row
   * @param noise of each of the twelve values
   */
  byte[] near(float[] direction, double noise) {
    byte[] pixels = new byte[3 * SIDE * SIDE];
    int[] colours = new int[direction.length];
    for (int d = 0; d < colours.length; d++) {
      double value = 0.5 + CONTRAST * direction[d] + noise * random.nextGaussian(0, 1);
      colours[d] = (int) Math.round(255 * Math.max(0, Math.min(1, value)));
    }
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int quadrant = (y < SIDE / 2 ? 0 : 2) + (x < SIDE / 2 ? 0 : 1);
        for (int c = 0; c < 3; c++) {
          pixels[3 * (y * SIDE + x) + c] = (byte) colours[3 * quadrant + c];
        }
      }
    }
    return ImageEncoder.png(new RgbImage(SIDE, SIDE, pixels));
  }
}
