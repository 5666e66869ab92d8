package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.everclip.contracts.avro.RejectionReason;

/**
 * Whether a server's answer is a picture of a kind that the gate takes, by what it says and by its
 * first bytes. A picture of another kind than it says passes: the gate goes by the bytes.
 */
final class PictureKind {

  /** What servers say of files whose kind they do not know. */
  private static final Set<String> UNKNOWN =
      Set.of("", "application/octet-stream", "binary/octet-stream", "application/x-download");

  private PictureKind() {}

  /** Refuses an answer that says it is something else. */
  static void checkType(List<String> contentTypes) throws FetchFailure {
    for (String value : contentTypes) {
      String type = value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
      if (!type.startsWith("image/") && !UNKNOWN.contains(type)) {
        throw notOne("the server says that it is " + type);
      }
    }
  }

  /** Refuses bytes that are no JPEG, PNG, GIF or WebP, whatever the server says. */
  static void check(byte[] bytes, List<String> contentTypes) throws FetchFailure {
    String head = new String(bytes, 0, Math.min(12, bytes.length), ISO_8859_1);
    boolean picture =
        head.startsWith("\u00ff\u00d8\u00ff")
            || head.startsWith("\u0089PNG\r\n")
            || head.startsWith("GIF8")
            || head.startsWith("RIFF") && head.startsWith("WEBP", 8);
    if (!picture) {
      throw notOne(
          "its bytes are no JPEG, PNG, GIF or WebP"
              + (contentTypes.isEmpty() ? "" : " though the server says " + contentTypes.get(0)));
    }
  }

  private static FetchFailure notOne(String why) {
    return FetchFailure.lasting(RejectionReason.FETCH_CONTENT, "no picture: " + why);
  }
}
