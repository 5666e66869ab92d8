package org.everclip.ingest.gate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.jspecify.annotations.Nullable;

/**
 * A pair (or deletion) on its way through the gate's internal topics, with what a later rejection
 * has to tell about the raw record.
 *
 * @param head first bytes of the raw value; not copied, do not modify
 * @param passed what shall be accepted; null for a deletion
 */
@SuppressWarnings("ArrayRecordComponent")
record Candidate(
    String pairId,
    String source,
    RawPosition position,
    Instant arrival,
    int sizeBytes,
    byte[] head,
    Inspection.@Nullable Passed passed) {

  boolean deletion() {
    return passed == null;
  }

  /** The wire form in topics and state: a version byte, the fields, the pair as Confluent Avro. */
  static final class Codec {

    private static final int VERSION = 1;

    private final RecordCodec<AcceptedPair> pairs;

    Codec(RecordCodec<AcceptedPair> pairs) {
      this.pairs = pairs;
    }

    byte[] encode(Candidate candidate) {
      var bytes = new ByteArrayOutputStream(1 << 16);
      try (var out = new DataOutputStream(bytes)) {
        out.writeByte(VERSION);
        out.writeUTF(candidate.pairId);
        out.writeUTF(candidate.source);
        out.writeUTF(candidate.position.getTopic());
        out.writeInt(candidate.position.getPartition());
        out.writeLong(candidate.position.getOffset());
        out.writeLong(candidate.arrival.toEpochMilli());
        out.writeInt(candidate.sizeBytes);
        writeBytes(out, candidate.head);
        out.writeBoolean(candidate.passed != null);
        if (candidate.passed != null) {
          writeBytes(out, candidate.passed.thumbnail());
          byte[] pair = pairs.encode(candidate.passed.pair());
          writeBytes(out, pair == null ? new byte[0] : pair);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }

    Candidate decode(byte[] value) {
      try (var in = new DataInputStream(new ByteArrayInputStream(value))) {
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
        Inspection.Passed passed = null;
        if (in.readBoolean()) {
          byte[] thumbnail = readBytes(in);
          AcceptedPair pair = pairs.decode(readBytes(in));
          if (pair == null) {
            throw new AssertionError("only null decodes to null");
          }
          passed = new Inspection.Passed(pair, thumbnail);
        }
        return new Candidate(pairId, source, position, arrival, sizeBytes, head, passed);
      } catch (IOException e) {
        throw new UncheckedIOException("the gate's internal record is cut off", e);
      }
    }

    private static void writeBytes(DataOutputStream out, byte[] bytes) throws IOException {
      out.writeInt(bytes.length);
      out.write(bytes);
    }

    private static byte[] readBytes(DataInputStream in) throws IOException {
      return in.readNBytes(in.readInt());
    }
  }
}
