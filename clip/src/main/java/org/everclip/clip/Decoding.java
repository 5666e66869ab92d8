package org.everclip.clip;

/**
 * How the next word piece of a caption is chosen.
 *
 * @param topP kept probability mass, for the methods with TOP_P
 * @param topK kept pieces, for the methods with TOP_K
 * @param temperature divides the logits; lower is more certain
 * @param maxLength ids of a caption, start and end included
 * @param minLength no end before so many ids
 * @param repetitionPenalty makes pieces that occurred less likely when above 1
 */
public record Decoding(
    Method method,
    double topP,
    int topK,
    double temperature,
    int maxLength,
    int minLength,
    double repetitionPenalty) {

  /** Which pieces may be chosen. */
  public enum Method {
    /** The most likely one. */
    GREEDY,
    /** The {@code topK} most likely ones, as open_clip 2 does: the temperature comes last. */
    TOP_K,
    /**
     * Nucleus sampling: the smallest set that has the mass {@code topP}, as open_clip 2 does: the
     * temperature comes last.
     */
    TOP_P,
    /**
     * As the transformers library does: temperature, then {@code topK}, then {@code topP}; a
     * caption that reaches its largest length is cut without an end.
     */
    TEMPERATURE_TOP_K_TOP_P;

    boolean forcesEnd() {
      return this == TOP_K || this == TOP_P;
    }
  }

  public Decoding {
    require(topP > 0 && topP <= 1, "topP must be in (0, 1] but is " + topP);
    require(topK >= 1, "topK must be at least 1 but is " + topK);
    require(temperature > 0, "temperature must be positive but is " + temperature);
    require(maxLength >= 2, "maxLength must be at least 2 but is " + maxLength);
    require(minLength >= 0, "minLength must not be negative but is " + minLength);
    require(
        repetitionPenalty > 0, "repetitionPenalty must be positive but is " + repetitionPenalty);
  }

  public static Decoding greedy(int maxLength) {
    return new Decoding(Method.GREEDY, 1, 1, 1, maxLength, 0, 1);
  }

  /** The setting of the reinforced data sets, which have 30 ids: mass 0.9, at least 5 ids. */
  public static Decoding nucleus(int maxLength) {
    return new Decoding(Method.TOP_P, 0.9, 1, 1, maxLength, 5, 1);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
