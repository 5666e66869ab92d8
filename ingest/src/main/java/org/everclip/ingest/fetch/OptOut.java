package org.everclip.ingest.fetch;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the headers by which a site keeps its pictures out: {@code X-Robots-Tag} with words such as
 * {@code noai} (for all, or for an agent named before a colon), and {@code TDM-Reservation: 1}.
 * Thread-safe.
 */
final class OptOut {

  /** Words of X-Robots-Tag that have a colon of their own. */
  private static final List<String> WITH_VALUE =
      List.of("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview");

  private final List<String> words;
  private final String agent;

  /**
   * Prepares.
   *
   * @param words that keep a picture out; empty: nothing does
   * @param userAgent as sent; its name before the slash is ours
   */
  OptOut(List<String> words, String userAgent) {
    this.words = words.stream().map(word -> word.toLowerCase(Locale.ROOT)).toList();
    this.agent = userAgent.split("[/ ]", 2)[0].toLowerCase(Locale.ROOT);
  }

  /** What keeps the picture out, or null. */
  @Nullable String find(List<String> robotsTags, List<String> reservations) {
    if (words.isEmpty()) {
      return null;
    }
    for (String reservation : reservations) {
      if (reservation.strip().equals("1")) {
        return "tdm-reservation: 1";
      }
    }
    for (String tag : robotsTags) {
      String found = find(tag);
      if (found != null) {
        return "x-robots-tag: " + found;
      }
    }
    return null;
  }

  private @Nullable String find(String tag) {
    boolean forUs = true;
    for (String part : tag.toLowerCase(Locale.ROOT).split(",", -1)) {
      String word = part.strip();
      int colon = word.indexOf(':');
      if (colon >= 0 && !WITH_VALUE.contains(word.substring(0, colon).strip())) {
        String named = word.substring(0, colon).strip();
        forUs = named.equals(agent) || named.equals("*");
        word = word.substring(colon + 1).strip();
      }
      if (forUs && (words.contains(word) || word.equals("none") && words.contains("noindex"))) {
        return word;
      }
    }
    return null;
  }
}
