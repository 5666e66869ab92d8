package org.everclip.clip.text;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts a cleaned text into the pieces that are encoded one by one (CLIP's regular expression). */
final class Pieces {

  private static final String ORDINARY =
      "'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+";
  private static final int FLAGS = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

  private final Pattern pattern;

  /**
   * @param special tokens that a text may name literally; empty for untrusted texts, where a
   *     written end token would cut the caption
   */
  Pieces(List<String> special) {
    StringBuilder expression = new StringBuilder();
    for (String token : special) {
      expression.append(Pattern.quote(token)).append('|');
    }
    // Pattern.UNICODE_CHARACTER_CLASS makes \s the Unicode white space that the reference splits
    // at.
    pattern =
        Pattern.compile(
            expression.append(ORDINARY).toString(), FLAGS | Pattern.UNICODE_CHARACTER_CLASS);
  }

  List<String> split(String cleaned) {
    List<String> pieces = new ArrayList<>();
    Matcher matcher = pattern.matcher(cleaned);
    while (matcher.find()) {
      pieces.add(matcher.group());
    }
    return pieces;
  }
}
