package org.everclip.trainer.offline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.everclip.clip.text.Tokenizer;

/**
 * Chooses what a step reads about a picture: one of its texts, its keywords in any order, its
 * category in a prompt, or a text of another drawing of the same concept; some word pieces are left
 * out, so that no single word carries the pair. Randomness comes from the caller.
 */
final class CaptionSampler {

  private static final double OTHER_DRAWING = 0.2;
  private static final double KEYWORDS = 0.2;
  private static final double CATEGORY = 0.12;
  private static final double DROPPED_PIECES = 0.1;
  private static final List<String> PROMPTS =
      List.of("a drawing of %s.", "a picture of %s.", "an icon showing %s.", "%s.", "clip art: %s");

  private final Tokenizer tokenizer;
  private final int contextLength;
  private final boolean many;
  private final Map<String, List<Described>> drawings = new HashMap<>();

  /**
   * @param many whether to vary the texts; if not, the caption of the sample is taken as it is
   */
  CaptionSampler(Tokenizer tokenizer, int contextLength, boolean many, List<Described> samples) {
    this.tokenizer = tokenizer;
    this.contextLength = contextLength;
    this.many = many;
    samples.forEach(
        sample -> drawings.computeIfAbsent(sample.concept(), key -> new ArrayList<>()).add(sample));
  }

  Tokenizer tokenizer() {
    return tokenizer;
  }

  long[] sample(Described sample, RandomGenerator random) {
    if (!many) {
      return tokenizer.encode(sample.texts().get(0), contextLength);
    }
    Described source = sample;
    if (random.nextDouble() < OTHER_DRAWING) {
      source = pick(drawings.getOrDefault(sample.concept(), List.of(sample)), random);
    }
    return drop(tokenizer.encode(text(source, random), contextLength), random);
  }

  /** A text for a captioner to write; whole. */
  long[] target(Described sample, RandomGenerator random) {
    return tokenizer.encode(pick(sample.targets(), random), contextLength);
  }

  private static String text(Described sample, RandomGenerator random) {
    double choice = random.nextDouble();
    if (choice < KEYWORDS && sample.keywords().size() > 1) {
      List<String> words = new ArrayList<>(sample.keywords());
      for (int i = words.size() - 1; i > 0; i--) {
        java.util.Collections.swap(words, i, (int) (random.nextDouble() * (i + 1)));
      }
      int count = 1 + (int) (random.nextDouble() * words.size());
      return String.join(", ", words.subList(0, count));
    }
    if (choice > 1 - CATEGORY && !sample.category().isEmpty()) {
      return pick(PROMPTS, random).formatted(sample.category());
    }
    return pick(sample.texts(), random);
  }

  private long[] drop(long[] ids, RandomGenerator random) {
    long[] kept = new long[ids.length];
    int length = 0;
    int words = (int) Arrays.stream(ids).filter(id -> id != 0).count() - 2;
    for (long id : ids) {
      boolean special = id == tokenizer.startId() || id == tokenizer.endId() || id == 0;
      if (special || words < 3 || random.nextDouble() >= DROPPED_PIECES) {
        kept[length++] = id;
      }
    }
    return kept;
  }

  private static <T> T pick(List<T> choices, RandomGenerator random) {
    return choices.get((int) (random.nextDouble() * choices.size()));
  }
}
