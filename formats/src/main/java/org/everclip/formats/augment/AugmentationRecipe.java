package org.everclip.formats.augment;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The distribution from which augmentations are drawn: random resized crop, optional mirror,
 * RandAugment.
 *
 * @param minScale smallest share of the area that a crop takes
 * @param minRatio smallest width / height of a crop
 * @param flip whether half of the pictures are mirrored
 * @param randAugmentOps operations a picture, 0 for none
 * @param magnitudeBin 0 to 30
 * @param randAugmentProbability with which the operations are applied
 */
public record AugmentationRecipe(
    double minScale,
    double maxScale,
    double minRatio,
    double maxRatio,
    boolean flip,
    int randAugmentOps,
    int magnitudeBin,
    double randAugmentProbability) {
  private static final int CROP_ATTEMPTS = 10;

  public AugmentationRecipe {
    require(0 < minScale && minScale <= maxScale && maxScale <= 1, "0 < minScale <= maxScale <= 1");
    require(0 < minRatio && minRatio <= maxRatio, "0 < minRatio <= maxRatio");
    require(randAugmentOps >= 0 && randAugmentOps <= 8, "randAugmentOps in 0..8");
    require(magnitudeBin >= 0 && magnitudeBin < Magnitudes.BINS, "magnitudeBin in 0..30");
    require(
        randAugmentProbability >= 0 && randAugmentProbability <= 1,
        "randAugmentProbability in 0..1");
  }

  private static void require(boolean condition, String expected) {
    if (!condition) {
      throw new IllegalArgumentException("augmentation recipe: expected " + expected);
    }
  }

  /** The published one of DataCompDR: crop 0.08 to 1, two operations of bin 9, no mirror. */
  public static AugmentationRecipe datacompdr() {
    return new AugmentationRecipe(0.08, 1, 3.0 / 4, 4.0 / 3, false, 2, 9, 1);
  }

  /** For drawings and small pictures: crop 0.6 to 1, mirror, a weak operation half of the time. */
  public static AugmentationRecipe mild() {
    return new AugmentationRecipe(0.6, 1, 3.0 / 4, 4.0 / 3, true, 1, 5, 0.5);
  }

  /** Crop 0.9 to 1 and nothing else, as CLIP is trained. */
  public static AugmentationRecipe weak() {
    return new AugmentationRecipe(0.9, 1, 3.0 / 4, 4.0 / 3, false, 0, 0, 0);
  }

  /**
   * Draws an augmentation of a width x height picture.
   *
   * @param targetSize of the student, which translations are relative to
   */
  public Augmentation sample(int width, int height, int targetSize, RandomGenerator random) {
    List<Step> steps = new ArrayList<>(3);
    steps.add(crop(width, height, random));
    if (flip) {
      steps.add(new Step.Flip(random.nextDouble() < 0.5));
    }
    if (randAugmentOps > 0) {
      boolean applied = random.nextDouble() <= randAugmentProbability;
      steps.add(applied ? operations(targetSize, random) : new Step.Skipped());
    }
    return new Augmentation(steps);
  }

  private Step crop(int width, int height, RandomGenerator random) {
    double area = (double) width * height;
    for (int attempt = 0; attempt < CROP_ATTEMPTS; attempt++) {
      double target = area * uniform(minScale, maxScale, random);
      double ratio = Math.exp(uniform(Math.log(minRatio), Math.log(maxRatio), random));
      int w = (int) Math.rint(Math.sqrt(target * ratio));
      int h = (int) Math.rint(Math.sqrt(target / ratio));
      if (0 < w && w <= width && 0 < h && h <= height) {
        int top = below(height - h + 1, random);
        int left = below(width - w + 1, random);
        return new Step.ResizedCrop(top, left, h, w);
      }
    }
    double ratio = (double) width / height;
    int w = ratio > maxRatio ? (int) Math.rint(height * maxRatio) : width;
    int h = ratio < minRatio ? (int) Math.rint(width / minRatio) : height;
    return new Step.ResizedCrop((height - h) / 2, (width - w) / 2, h, w);
  }

  private Step operations(int size, RandomGenerator random) {
    Operation.Kind[] kinds = Operation.Kind.values();
    List<Operation> operations = new ArrayList<>(randAugmentOps);
    for (int i = 0; i < randAugmentOps; i++) {
      Operation.Kind kind = kinds[below(kinds.length, random)];
      double magnitude = Magnitudes.of(kind, magnitudeBin, size, size);
      boolean negative = kind.signed() && random.nextDouble() < 0.5;
      operations.add(new Operation(kind, negative ? -magnitude : magnitude));
    }
    return new Step.Operations(operations);
  }

  private static double uniform(double from, double to, RandomGenerator random) {
    return from + (to - from) * random.nextDouble();
  }

  /** Spelled out: the library's bounded numbers may change with its version. */
  private static int below(int bound, RandomGenerator random) {
    return (int) (random.nextDouble() * bound);
  }

  /**
   * A generator that depends on nothing but its arguments: SplitMix64 started by SHA-256.
   *
   * @param index which of the augmentations of this picture
   */
  public static RandomGenerator seeded(String id, long seed, int index) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(id.getBytes(StandardCharsets.UTF_8));
      digest.update(ByteBuffer.allocate(13).put((byte) 0).putLong(seed).putInt(index).flip());
      return new SplitMix64(ByteBuffer.wrap(digest.digest()).getLong());
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every JDK has SHA-256", impossible);
    }
  }
}
