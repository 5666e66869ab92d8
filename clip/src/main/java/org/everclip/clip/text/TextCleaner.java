package org.everclip.clip.text;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What CLIP does to a text before splitting it: repairs broken encodings (the rules of ftfy),
 * resolves HTML references twice, collapses white space, lower-cases.
 */
final class TextCleaner {

  private static final Pattern CLOSED_REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
  private static final Pattern WHITE_SPACE =
      Pattern.compile("[\\x{09}-\\x{0D}\\x{1C}-\\x{1F}\\x{85}\\p{Z}]+");
  private static final Pattern TERMINAL_ESCAPE =
      Pattern.compile("\\x{1B}\\[((?:\\d|;)*)([a-zA-Z])");
  private static final Pattern CONTROL =
      Pattern.compile(
          "[\\x00-\\x08\\x0B\\x0E-\\x1F\\x7F\\x{206A}-\\x{206F}\\x{FEFF}\\x{FFF9}-\\x{FFFC}]");
  private static final Pattern C1 = Pattern.compile("[\\x{80}-\\x{9F}]");
  private static final Pattern WIDE = Pattern.compile("[\\x{FF01}-\\x{FFEF}\\x{3000}]+");
  private static final Pattern LIGATURE =
      Pattern.compile(
          "[\\x{FB00}-\\x{FB06}\\x{132}\\x{133}\\x{149}\\x{1C4}-\\x{1CC}\\x{1F1}-\\x{1F3}]");
  private static final Map<String, String> SPECIAL_LIGATURES =
      Map.of("\u0149", "'n", "\uFB05", "ſt", "\uFB06", "st");
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");
  private static final int MAX_ROUNDS = 8;

  private TextCleaner() {}

  static String clean(String text) {
    String unescaped = HtmlEntities.unescape(HtmlEntities.unescape(repair(text)));
    return WHITE_SPACE.matcher(unescaped).replaceAll(" ").strip().toLowerCase(Locale.ROOT);
  }

  private static String repair(String text) {
    String current = text;
    for (int round = 0; round < MAX_ROUNDS && !isPlain(current); round++) {
      String repaired = repairOnce(current);
      if (repaired.equals(current)) {
        break;
      }
      current = repaired;
    }
    return current;
  }

  private static String repairOnce(String text) {
    String s = text;
    if (s.indexOf('<') < 0) {
      s = replace(CLOSED_REFERENCE, s, match -> HtmlEntities.unescape(match.group()));
    }
    s = repairMojibake(s);
    s = replace(C1, s, match -> HtmlEntities.windowsCharacter(match.group().charAt(0)));
    s = replace(LIGATURE, s, match -> spellOut(match.group()));
    s = replace(WIDE, s, match -> Normalizer.normalize(match.group(), Normalizer.Form.NFKC));
    s =
        s.replaceAll("[\\x{2BC}\\x{2018}-\\x{201B}]", "'")
            .replaceAll("[\\x{201C}-\\x{201F}]", "\"");
    s = s.replace("\r\n", "\n").replaceAll("[\r\\x{2028}\\x{2029}]", "\n");
    s = s.replaceAll("[\\x{D800}-\\x{DFFF}]", "\uFFFD");
    s = TERMINAL_ESCAPE.matcher(s).replaceAll("");
    s = CONTROL.matcher(s).replaceAll("");
    return Normalizer.normalize(s, Normalizer.Form.NFC);
  }

  /**
   * Text that is UTF-8 once read as Windows-1252 or Latin-1, all of it, is read again correctly.
   */
  private static String repairMojibake(String text) {
    if (text.chars().allMatch(character -> character < 0x80)) {
      return text;
    }
    for (Charset misreading : new Charset[] {StandardCharsets.ISO_8859_1, WINDOWS_1252}) {
      try {
        ByteBuffer bytes = misreading.newEncoder().encode(CharBuffer.wrap(text));
        return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      } catch (CharacterCodingException e) {
        // Not what this misreading would have produced: the text is as it was meant.
        continue;
      }
    }
    return text;
  }

  private static String spellOut(String ligature) {
    String special = SPECIAL_LIGATURES.get(ligature);
    return special != null ? special : Normalizer.normalize(ligature, Normalizer.Form.NFKC);
  }

  private static String replace(
      Pattern pattern, String text, java.util.function.Function<MatchResult, String> replacement) {
    return pattern
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(replacement.apply(match)));
  }

  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> (c >= ' ' && c < 0x7f && c != '&') || c == '\t' || c == '\n');
  }
}
