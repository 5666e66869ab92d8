package org.everclip.ingest.gate;

import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Thumbnail;

/**
 * Whether two pictures look alike: their 64-bit hashes differ in few bits, and their thumbnails
 * differ by less than {@code gate.nearDuplicateRms} levels, as they are or after the change of
 * brightness and contrast that fits best (least squares), which must be a mild one. Thumbnails that
 * hardly vary confirm only what is nearly equal, so that fine patterns are not taken for each
 * other. Immutable.
 */
final class Likeness {

  /** Two hashes that differ in at most three bits agree in at least one of four quarters. */
  static final int BANDS = 4;

  /** Beyond, too many pairs agree in no quarter. */
  static final int MAX_DISTANCE = 8;

  private static final double NEARLY_EQUAL = 1;
  private static final double MAX_GAIN = 1.6;
  private static final double MIN_CORRELATION = 0.99;

  private final int maxDistance;
  private final double maxRms;

  Likeness(EverclipConfig.Gate settings) {
    this.maxDistance = settings.nearDuplicateDistance();
    this.maxRms = settings.nearDuplicateRms();
  }

  /** One of the four quarters of a hash, 16 bits. */
  static int quarter(long hash, int band) {
    return (int) (hash >>> (16 * band)) & 0xffff;
  }

  /** Whether the hashes are near enough for a look at the thumbnails. */
  boolean suspects(long hash, long other) {
    return PerceptualHash.distance(hash, other) <= maxDistance;
  }

  /** Whether the thumbnails confirm it. */
  boolean confirms(byte[] thumbnail, byte[] other) {
    double rms = Thumbnail.rms(thumbnail, other);
    if (rms >= maxRms) {
      return relit(thumbnail, other);
    }
    double contrast = Math.min(contrast(thumbnail), contrast(other));
    return rms < Math.max(NEARLY_EQUAL, contrast / 2);
  }

  private boolean relit(byte[] thumbnail, byte[] other) {
    int n = thumbnail.length;
    long sumA = 0;
    long sumB = 0;
    long sumAa = 0;
    long sumBb = 0;
    long sumAb = 0;
    for (int i = 0; i < n; i++) {
      int a = thumbnail[i] & 0xff;
      int b = other[i] & 0xff;
      sumA += a;
      sumB += b;
      sumAa += a * a;
      sumBb += b * b;
      sumAb += a * b;
    }
    double varianceA = (double) sumAa / n - (double) sumA * sumA / n / n;
    double varianceB = (double) sumBb / n - (double) sumB * sumB / n / n;
    double covariance = (double) sumAb / n - (double) sumA * sumB / n / n;
    if (varianceA <= 0 || varianceB <= 0 || covariance <= 0) {
      return false;
    }
    double gain = Math.sqrt(varianceA / varianceB);
    double correlation = covariance / Math.sqrt(varianceA * varianceB);
    double remains =
        Math.sqrt(Math.max(0, 1 - correlation * correlation) * Math.max(varianceA, varianceB));
    return correlation >= MIN_CORRELATION
        && gain < MAX_GAIN
        && gain > 1 / MAX_GAIN
        && remains < maxRms;
  }

  /** By how many levels 8-bit RGB pixels vary: root mean square around each colour's mean. */
  static double contrast(byte[] rgb) {
    int n = rgb.length / 3;
    double variances = 0;
    for (int channel = 0; channel < 3; channel++) {
      long sum = 0;
      long squares = 0;
      for (int i = channel; i < rgb.length; i += 3) {
        int value = rgb[i] & 0xff;
        sum += value;
        squares += value * value;
      }
      double mean = (double) sum / n;
      variances += (double) squares / n - mean * mean;
    }
    return Math.sqrt(Math.max(0, variances) / 3);
  }
}
