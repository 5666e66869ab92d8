package org.everclip.evaluation.task;

import java.util.List;
import java.util.regex.Pattern;

/** Python's {@code str.splitlines}, by which the reference reads its lists and captions. */
final class PythonLines {

  private static final Pattern BREAK =
      Pattern.compile("\r\n|[\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029]");

  private PythonLines() {}

  /** The lines as they are; blank ones are kept, a break at the end opens no further line. */
  static List<String> of(String text) {
    List<String> lines = List.of(BREAK.split(text, -1));
    int last = lines.size() - 1;
    return lines.get(last).isEmpty() ? lines.subList(0, last) : lines;
  }
}
