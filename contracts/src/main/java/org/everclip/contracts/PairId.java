package org.everclip.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.everclip.contracts.avro.ImageTextPair;
import org.jspecify.annotations.Nullable;

/**
 * The identity of a pair: the first 32 hex digits of SHA-256(source, externalId), or of the content
 * where the producer gives no id. Fields are length-prefixed, so no two inputs share an encoding.
 */
public final class PairId {

  private static final int HEX_DIGITS = 32;

  private PairId() {}

  /** The id of a pair as it arrived. */
  public static String of(ImageTextPair pair) {
    String externalId = pair.getExternalId();
    if (externalId != null && !externalId.isEmpty()) {
      return of(pair.getSource(), externalId);
    }
    MessageDigest digest = Sha256.digest();
    update(digest, "content");
    update(digest, pair.getSource());
    update(digest, pair.getCaption());
    update(digest, pair.getUrl());
    update(digest, pair.getImage());
    return HexFormat.of().formatHex(digest.digest()).substring(0, HEX_DIGITS);
  }

  /** The id of a pair that its source names. */
  public static String of(String source, String externalId) {
    MessageDigest digest = Sha256.digest();
    update(digest, "id");
    update(digest, source);
    update(digest, externalId);
    return HexFormat.of().formatHex(digest.digest()).substring(0, HEX_DIGITS);
  }

  private static void update(MessageDigest digest, @Nullable String text) {
    update(digest, text == null ? null : ByteBuffer.wrap(text.getBytes(UTF_8)));
  }

  private static void update(MessageDigest digest, @Nullable ByteBuffer bytes) {
    int length = bytes == null ? -1 : bytes.remaining();
    digest.update(ByteBuffer.allocate(4).putInt(0, length));
    if (bytes != null) {
      digest.update(bytes.duplicate());
    }
  }
}
