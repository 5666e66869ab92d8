package org.everclip.registry.api;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of a file that a request asks for.
 *
 * @param status 200, 206 or 416
 * @param first offset of the first byte
 */
record ByteRange(int status, long first, long length, long total) {

  private static final Pattern SINGLE = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

  /** Reads a Range header; what is not one plain range of bytes is ignored, as HTTP allows. */
  static ByteRange of(@Nullable String header, long total) {
    var whole = new ByteRange(200, 0, total, total);
    Matcher range = SINGLE.matcher(header == null ? "" : header.trim());
    if (!range.matches() || (range.group(1).isEmpty() && range.group(2).isEmpty())) {
      return whole;
    }
    if (range.group(1).isEmpty()) {
      long suffix = Math.min(Long.parseLong(range.group(2)), total);
      return new ByteRange(206, total - suffix, suffix, total);
    }
    long first = Long.parseLong(range.group(1));
    long last =
        range.group(2).isEmpty() ? total - 1 : Math.min(Long.parseLong(range.group(2)), total - 1);
    if (total == 0 && first == 0) {
      // The probe of the JavaScript Hub client: it needs to be told the size.
      return new ByteRange(206, 0, 0, 0);
    }
    if (first >= total) {
      return new ByteRange(416, 0, 0, total);
    }
    return last < first ? whole : new ByteRange(206, first, last - first + 1, total);
  }

  /** The Content-Range header. */
  String contentRange() {
    return length == 0
        ? "bytes */" + total
        : "bytes " + first + "-" + (first + length - 1) + "/" + total;
  }
}
