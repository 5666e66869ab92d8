package org.everclip.ingest.gate;

import java.text.Normalizer;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Cleans a caption and says whether it can be used. Cleaning takes away what is not text (markup,
 * entities, control, zero-width and direction-override characters, runs of white space) and
 * composes accents (NFC); joiners inside emoji and Indic text stay.
 */
final class CaptionRules {

  private static final Pattern TAG =
      Pattern.compile("<!--.*?-->|<!\\w[^<>]*>|</?[A-Za-z][^<>]*>", Pattern.DOTALL);
  private static final Pattern ENTITY =
      Pattern.compile("&(#\\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,8});");
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}\\u0085]+");
  private static final Map<String, String> NAMED =
      Map.ofEntries(
          Map.entry("amp", "&"),
          Map.entry("lt", "<"),
          Map.entry("gt", ">"),
          Map.entry("quot", "\""),
          Map.entry("apos", "'"),
          Map.entry("nbsp", " "),
          Map.entry("copy", "©"),
          Map.entry("reg", "®"),
          Map.entry("trade", "™"),
          Map.entry("pound", "£"),
          Map.entry("euro", "€"),
          Map.entry("cent", "¢"),
          Map.entry("yen", "¥"),
          Map.entry("deg", "°"),
          Map.entry("times", "×"),
          Map.entry("middot", "·"),
          Map.entry("bull", "•"),
          Map.entry("hellip", "…"),
          Map.entry("ndash", "–"),
          Map.entry("mdash", "—"),
          Map.entry("lsquo", "‘"),
          Map.entry("rsquo", "’"),
          Map.entry("ldquo", "“"),
          Map.entry("rdquo", "”"),
          Map.entry("laquo", "«"),
          Map.entry("raquo", "»"));

  private final int minChars;
  private final int maxChars;

  CaptionRules(EverclipConfig.Limits limits) {
    this.minChars = limits.minCaptionChars();
    this.maxChars = limits.maxCaptionChars();
  }

  /** The caption as it will be stored, or why there is none. */
  sealed interface Outcome {

    record Clean(String caption) implements Outcome {}

    record Bad(RejectionReason reason, String detail) implements Outcome {}
  }

  Outcome check(String raw) {
    // Markup may take more room than the text it wraps, but not without bound.
    if (raw.length() > 4L * maxChars + 1024) {
      return tooLong(raw.length());
    }
    for (int i = 0, point; i < raw.length(); i += Character.charCount(point)) {
      point = raw.codePointAt(i);
      if (point == 0xfffd || (point >= 0xd800 && point <= 0xdfff)) {
        return new Outcome.Bad(
            RejectionReason.CAPTION_INVALID,
            "lost text at character " + i + ": the caption was not valid Unicode; send UTF-8");
      }
    }
    String clean = clean(raw);
    int length = clean.codePointCount(0, clean.length());
    if (length == 0) {
      return new Outcome.Bad(RejectionReason.CAPTION_EMPTY, "no visible character");
    }
    if (length < minChars) {
      return new Outcome.Bad(
          RejectionReason.CAPTION_INVALID,
          length + " characters, at least " + minChars + " are wanted (limits.minCaptionChars)");
    }
    return length > maxChars ? tooLong(length) : new Outcome.Clean(clean);
  }

  private Outcome.Bad tooLong(int length) {
    return new Outcome.Bad(
        RejectionReason.CAPTION_TOO_LONG,
        length + " characters, at most " + maxChars + " are taken (limits.maxCaptionChars)");
  }

  static String clean(String raw) {
    // Entities first and twice (text is often escaped twice), so that escaped markup goes as well.
    String text = TAG.matcher(unescape(unescape(raw))).replaceAll(" ");
    text = Normalizer.normalize(visible(text), Normalizer.Form.NFC);
    return SPACE.matcher(text).replaceAll(" ").trim();
  }

  private static String visible(String text) {
    var kept = new StringBuilder(text.length());
    boolean ink = false;
    for (int i = 0, point; i < text.length(); i += Character.charCount(point)) {
      point = text.codePointAt(i);
      if (Character.isWhitespace(point) || Character.isSpaceChar(point) || point == 0x85) {
        kept.append(' ');
      } else if (shown(point)) {
        kept.appendCodePoint(point);
        ink |= Character.getType(point) != Character.FORMAT;
      }
    }
    return ink ? kept.toString() : "";
  }

  private static boolean shown(int point) {
    boolean joiner = point == 0x200c || point == 0x200d;
    boolean emojiTag = point >= 0xe0020 && point <= 0xe007f;
    boolean nonCharacter = (point & 0xfffe) == 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
    int type = Character.getType(point);
    return joiner
        || emojiTag
        || !(type == Character.CONTROL || type == Character.FORMAT || nonCharacter);
  }

  private static String unescape(String text) {
    if (text.indexOf('&') < 0) {
      return text;
    }
    return ENTITY.matcher(text).replaceAll(CaptionRules::entity);
  }

  private static String entity(java.util.regex.MatchResult match) {
    String name = match.group(1);
    String plain = NAMED.get(name);
    if (name.charAt(0) == '#') {
      boolean hex = name.charAt(1) == 'x' || name.charAt(1) == 'X';
      int point = hex ? Integer.parseInt(name, 2, name.length(), 16) : decimal(name);
      plain = Character.isValidCodePoint(point) ? scalar(point) : null;
    }
    return Matcher.quoteReplacement(plain == null ? match.group() : plain);
  }

  private static int decimal(String name) {
    return Integer.parseInt(name, 1, name.length(), 10);
  }

  private static String scalar(int point) {
    return point >= 0xd800 && point <= 0xdfff ? "" : Character.toString(point);
  }
}
