package org.everclip.ingest.gate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What the hash index says about the candidate that was read at a raw position.
 *
 * @param other pairId of the pair that stands against it, or empty
 * @param detail for people, or empty
 */
record Verdict(Kind kind, int partition, long offset, String other, String detail) {

  enum Kind {
    /** No other pair is like it. */
    UNIQUE,
    /** The pair was deleted; its place is free. */
    FORGOTTEN,
    /** Another pair has the very same content. */
    DUPLICATE_EXACT,
    /** Another pair looks the same. */
    DUPLICATE_NEAR,
    /** A picture like it is on the other side of the split. */
    NEAR_HOLDOUT
  }

  private static final int VERSION = 1;

  byte[] encode() {
    var bytes = new ByteArrayOutputStream(64);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(kind.name());
      out.writeInt(partition);
      out.writeLong(offset);
      out.writeUTF(other);
      out.writeUTF(detail);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Verdict decode(byte[] value) {
    try (var in = new DataInputStream(new ByteArrayInputStream(value))) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IllegalStateException("verdict of version " + version + ", expected " + VERSION);
      }
      Kind kind = Kind.valueOf(in.readUTF());
      return new Verdict(kind, in.readInt(), in.readLong(), in.readUTF(), in.readUTF());
    } catch (IOException e) {
      throw new UncheckedIOException("the verdict is cut off", e);
    }
  }
}
