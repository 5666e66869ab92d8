package org.everclip.reinforce;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the captioner wrote for a window of pairs. Not thread-safe. */
final class CaptionStatistics {

  /** Share of captions that may be empty. */
  private static final double EMPTY = 0.2;

  /** Share of pairs that may share one caption, and of captions that may repeat their words. */
  private static final double HALF = 0.5;

  /** Share of pairs whose captions may all be one. */
  private static final double NEARLY_ALL = 0.95;

  private static final int WORDS = 4;
  private static final int SHOWN = 60;

  private final String captioner;
  private final Map<String, Integer> pairsWith = new HashMap<>();
  private int pairs;
  private int captions;
  private int empty;
  private int repetitive;
  private int several;
  private int allOne;
  private String example = "";

  CaptionStatistics(String captioner) {
    this.captioner = captioner;
  }

  /** Takes the captions of one picture. */
  void add(List<String> texts) {
    pairs++;
    var distinct = new HashSet<String>();
    for (String text : texts) {
      captions++;
      if (text.isBlank()) {
        empty++;
        continue;
      }
      distinct.add(text);
      if (repeats(text)) {
        repetitive++;
        example = text;
      }
    }
    distinct.forEach(text -> pairsWith.merge(text, 1, Integer::sum));
    if (texts.size() > 1 && !distinct.isEmpty()) {
      several++;
      allOne += distinct.size() == 1 ? 1 : 0;
    }
  }

  /** What is wrong with the captioner, in words; empty when nothing is. */
  Optional<String> trouble() {
    if (empty > EMPTY * captions) {
      return Optional.of(
          "captioner %s writes nothing: %d of %d captions of %d pairs are empty"
              .formatted(captioner, empty, captions, pairs));
    }
    if (repetitive > HALF * captions) {
      return Optional.of(
          "captioner %s repeats its words in %d of %d captions, for example '%s'"
              .formatted(captioner, repetitive, captions, head(example)));
    }
    var most = pairsWith.entrySet().stream().max(Map.Entry.comparingByValue());
    if (most.isPresent() && pairs > 1 && most.get().getValue() > HALF * pairs) {
      return Optional.of(
          "captioner %s writes the same for different pictures: %d of %d pairs have the caption '%s'"
              .formatted(captioner, most.get().getValue(), pairs, head(most.get().getKey())));
    }
    if (several > 1 && allOne > NEARLY_ALL * several) {
      return Optional.of(
          "captioner %s writes one caption again and again: of %d of %d pairs all captions are the same; temperature or topP of the recipe is too low, or the captioner is broken"
              .formatted(captioner, allOne, several));
    }
    return Optional.empty();
  }

  /** All that was seen, in a line. */
  String figures() {
    return String.format(
        Locale.ROOT,
        "%s: %d pairs, %d captions, %d empty, %d repetitive, most frequent %s, all one %d of %d",
        captioner,
        pairs,
        captions,
        empty,
        repetitive,
        pairsWith.values().stream().max(Integer::compare).orElse(0),
        allOne,
        several);
  }

  void clear() {
    pairsWith.clear();
    pairs = 0;
    captions = 0;
    empty = 0;
    repetitive = 0;
    several = 0;
    allOne = 0;
    example = "";
  }

  private static boolean repeats(String text) {
    String[] words = text.toLowerCase(Locale.ROOT).strip().split("\\s+", -1);
    return words.length >= WORDS && new HashSet<>(List.of(words)).size() * 2 <= words.length;
  }

  private static String head(String text) {
    return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
  }
}
