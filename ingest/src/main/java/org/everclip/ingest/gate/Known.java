package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HexFormat;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;

/**
 * What the gate remembers of a pairId. It survives a deletion without the content, so that a
 * revision number is never given twice.
 *
 * @param content digest of caption and picture of the newest revision; empty after a deletion
 */
record Known(int revision, Instant firstSeen, String content) {

  static final int FIRST_REVISION = 1;

  private static final byte VERSION = 1;
  private static final int FIXED_BYTES = 1 + 4 + 8;

  boolean deleted() {
    return content.isEmpty();
  }

  Known withoutContent() {
    return new Known(revision, firstSeen, "");
  }

  /** The digest that tells whether two pairs of one id are the same. */
  static String content(AcceptedPair pair) {
    return Sha256.hex(Sha256.hex(pair.getCaption()) + pair.getImageSha256());
  }

  byte[] encode() {
    byte[] digest = HexFormat.of().parseHex(content);
    return ByteBuffer.allocate(FIXED_BYTES + digest.length)
        .put(VERSION)
        .putInt(revision)
        .putLong(firstSeen.toEpochMilli())
        .put(digest)
        .array();
  }

  static Known decode(byte[] value) {
    ByteBuffer buffer = ByteBuffer.wrap(value);
    byte version = buffer.get();
    if (version != VERSION) {
      throw new IllegalStateException("the gate's state has version " + version);
    }
    int revision = buffer.getInt();
    Instant firstSeen = Instant.ofEpochMilli(buffer.getLong());
    byte[] digest = new byte[buffer.remaining()];
    buffer.get(digest);
    return new Known(revision, firstSeen, HexFormat.of().formatHex(digest));
  }
}
