package org.everclip.clip.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces character references by HTML5's rules: the longest known name, with or without
 * semicolon; numbers with the Windows-1252 repair; what no document may contain disappears.
 */
final class HtmlEntities {

  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");
  private static final Map<String, String> NAMES = names();
  private static final Charset WINDOWS_1252 = Charset.forName("windows-1252");

  private HtmlEntities() {}

  static String unescape(String text) {
    return text.indexOf('&') < 0
        ? text
        : REFERENCE
            .matcher(text)
            .replaceAll(match -> Matcher.quoteReplacement(replacement(match.group(1))));
  }

  /** Reads a C1 control as the Windows-1252 character that was meant; undefined ones stay. */
  static String windowsCharacter(int control) {
    String decoded = WINDOWS_1252.decode(ByteBuffer.wrap(new byte[] {(byte) control})).toString();
    return decoded.equals("\uFFFD") ? Character.toString(control) : decoded;
  }

  private static String replacement(String reference) {
    if (reference.charAt(0) == '#') {
      return number(reference);
    }
    String exact = NAMES.get(reference);
    if (exact != null) {
      return exact;
    }
    for (int length = reference.length() - 1; length > 1; length--) {
      String prefix = NAMES.get(reference.substring(0, length));
      if (prefix != null) {
        return prefix + reference.substring(length);
      }
    }
    return "&" + reference;
  }

  private static String number(String reference) {
    String digits = reference.substring(1).replace(";", "");
    boolean hexadecimal = digits.charAt(0) == 'x' || digits.charAt(0) == 'X';
    int radix = hexadecimal ? 16 : 10;
    String significant = (hexadecimal ? digits.substring(1) : digits).replaceFirst("^0+(?=.)", "");
    long codePoint = significant.length() > 9 ? Long.MAX_VALUE : Long.parseLong(significant, radix);
    if (codePoint == 0
        || codePoint > Character.MAX_CODE_POINT
        || (codePoint >= 0xD800 && codePoint <= 0xDFFF)) {
      return "\uFFFD";
    }
    int character = (int) codePoint;
    if (character >= 0x80 && character <= 0x9f) {
      return windowsCharacter(character);
    }
    return character != '\r' && isInvalid(character) ? "" : Character.toString(character);
  }

  private static boolean isInvalid(int character) {
    boolean control =
        character < 0x20 && character != '\t' && character != '\n' && character != '\f';
    boolean nonCharacter =
        (character >= 0xFDD0 && character <= 0xFDEF) || (character & 0xFFFE) == 0xFFFE;
    return control || character == 0x7f || nonCharacter;
  }

  private static Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(
                    HtmlEntities.class.getResourceAsStream("html-entities.txt"),
                    "html-entities.txt belongs to this package"),
                StandardCharsets.UTF_8))) {
      for (String line; (line = reader.readLine()) != null; ) {
        String[] fields = line.split(" ", -1);
        StringBuilder characters = new StringBuilder();
        for (int i = 1; i < fields.length; i++) {
          characters.appendCodePoint(Integer.parseInt(fields[i], 16));
        }
        names.put(fields[0], characters.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Could not read the list of HTML character names", e);
    }
    return Map.copyOf(names);
  }
}
