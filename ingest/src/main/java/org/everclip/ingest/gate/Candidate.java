package org.everclip.ingest.gate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import org.everclip.contracts.avro.RawPosition;
import org.jspecify.annotations.Nullable;

/**
 * A pair (or deletion) on its way through the gate's internal topics, with what a later rejection
 * has to tell about the raw record.
 *
 * @param head first bytes of the raw value; not copied, do not modify
 * @param offer what shall be accepted; null for a deletion
 */
@SuppressWarnings("ArrayRecordComponent")
record Candidate(
    String pairId,
    String source,
    RawPosition position,
    Instant arrival,
    int sizeBytes,
    byte[] head,
    @Nullable Offer offer) {

  private static final int VERSION = 2;

  /** All but head, hash and pair; far from exact, it only spares the growing. */
  private static final int FIXED_BYTES = 512;

  /**
   * A pair in the forms in which the steps need it, so that none of them decodes what holds the
   * picture.
   *
   * @param content digest that tells whether two pairs of one id are the same, see {@link Known}
   * @param hash the encoded {@code PairHash}; not copied, do not modify
   * @param pair the encoded {@code AcceptedPair} as the first revision; do not modify
   */
  record Offer(String content, byte[] hash, ByteBuffer pair) {}

  /** The wire form in topics and state: a version byte, the fields, the pair's bytes last. */
  byte[] encode() {
    int size = offer == null ? 0 : offer.hash.length + offer.pair.remaining();
    var bytes = new ByteArrayOutputStream(FIXED_BYTES + head.length + size);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(VERSION);
      out.writeUTF(pairId);
      out.writeUTF(source);
      out.writeUTF(position.getTopic());
      out.writeInt(position.getPartition());
      out.writeLong(position.getOffset());
      out.writeLong(arrival.toEpochMilli());
      out.writeInt(sizeBytes);
      writeBytes(out, head);
      out.writeBoolean(offer != null);
      if (offer != null) {
        out.writeUTF(offer.content);
        writeBytes(out, offer.hash);
        out.write(offer.pair.array(), offset(offer.pair), offer.pair.remaining());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The other direction; the offer's pair shares the value's bytes. */
  static Candidate decode(byte[] value) {
    var bytes = new ByteArrayInputStream(value);
    try (var in = new DataInputStream(bytes)) {
      int version = in.readByte();
      if (version != VERSION) {
        throw new IllegalStateException(
            "the gate's internal topics hold version " + version + ", this program " + VERSION);
      }
      String pairId = in.readUTF();
      String source = in.readUTF();
      var position = new RawPosition(in.readUTF(), in.readInt(), in.readLong());
      Instant arrival = Instant.ofEpochMilli(in.readLong());
      int sizeBytes = in.readInt();
      byte[] head = readBytes(in);
      Offer offer = null;
      if (in.readBoolean()) {
        String content = in.readUTF();
        byte[] hash = readBytes(in);
        int left = bytes.available();
        offer = new Offer(content, hash, ByteBuffer.wrap(value, value.length - left, left));
      }
      return new Candidate(pairId, source, position, arrival, sizeBytes, head, offer);
    } catch (IOException e) {
      throw new UncheckedIOException("the gate's internal record is cut off", e);
    }
  }

  private static int offset(ByteBuffer buffer) {
    return buffer.arrayOffset() + buffer.position();
  }

  private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static byte[] readBytes(DataInputStream in) throws IOException {
    return in.readNBytes(in.readInt());
  }
}
