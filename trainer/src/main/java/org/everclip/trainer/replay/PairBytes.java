package org.everclip.trainer.replay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;
import org.apache.avro.message.SchemaStore;
import org.apache.avro.specific.SpecificData;
import org.everclip.contracts.avro.ReinforcedPair;

/**
 * Stored pairs as Avro single objects: each names its writer's schema by fingerprint, so that what
 * an older program stored stays readable. The writers' schemas are kept in the store itself. Safe
 * for all threads.
 */
final class PairBytes {

  private final BinaryMessageEncoder<ReinforcedPair> encoder;
  private final BinaryMessageDecoder<ReinforcedPair> decoder;

  /**
   * @param writers the schemas that were ever used, by fingerprint
   */
  PairBytes(Map<Long, Schema> writers) {
    SpecificData model = SpecificData.getForSchema(ReinforcedPair.getClassSchema());
    SchemaStore schemas = writers::get;
    encoder = new BinaryMessageEncoder<>(model, ReinforcedPair.getClassSchema());
    decoder = new BinaryMessageDecoder<>(model, ReinforcedPair.getClassSchema(), schemas);
  }

  byte[] encode(ReinforcedPair pair) {
    try {
      ByteBuffer bytes = encoder.encode(pair);
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  ReinforcedPair decode(byte[] bytes) {
    try {
      return decoder.decode(ByteBuffer.wrap(bytes), null);
    } catch (IOException e) {
      throw new UncheckedIOException("the replay store holds a damaged pair", e);
    }
  }
}
