package org.everclip.evaluation.task;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The cleaning that ARO's order tasks give their captions. Source: pre_caption of
 * mertyg/vision-language-models-are-bows, dataset_zoo/utils.py, with 30 words.
 */
final class CaptionCleaner {

  private static final int MOST_WORDS = 30;
  private static final Pattern MARKS = Pattern.compile("[.!\"()*#:;~]");
  private static final Pattern GAPS = Pattern.compile("\\s{2,}", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern END = Pattern.compile("\n+$");

  private CaptionCleaner() {}

  static String clean(String caption) {
    String text = MARKS.matcher(caption.toLowerCase(Locale.ROOT)).replaceAll(" ");
    text = GAPS.matcher(text).replaceAll(" ");
    text = END.matcher(text).replaceAll("").strip();
    String[] words = text.split(" ", -1);
    return words.length <= MOST_WORDS
        ? text
        : String.join(" ", java.util.Arrays.asList(words).subList(0, MOST_WORDS));
  }
}
