package org.everclip.trainer.replay;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What the store must know of a pair without reading its picture.
 *
 * @param pending true until a round has taken the pair as new
 */
record Head(
    int revision,
    String reinforcementVersion,
    String periodId,
    int partition,
    long offset,
    boolean pending) {

  Head past() {
    return new Head(revision, reinforcementVersion, periodId, partition, offset, false);
  }

  byte[] bytes() {
    var bytes = new ByteArrayOutputStream(64);
    try (var out = new DataOutputStream(bytes)) {
      out.writeInt(revision);
      out.writeUTF(reinforcementVersion);
      out.writeUTF(periodId);
      out.writeInt(partition);
      out.writeLong(offset);
      out.writeBoolean(pending);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Head of(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return new Head(
          in.readInt(), in.readUTF(), in.readUTF(), in.readInt(), in.readLong(), in.readBoolean());
    } catch (IOException e) {
      throw new UncheckedIOException("the replay store holds a damaged head", e);
    }
  }
}
