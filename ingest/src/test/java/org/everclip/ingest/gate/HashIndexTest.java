package org.everclip.ingest.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.file.Path;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HashIndexTest {

  private final RecordCodec<PairHash> codec =
      RecordCodec.of(Topics.HASHES, new MockSchemaRegistryClient());
  private final KeyValueStore<Bytes, byte[]> entries = store("entries");

  @TempDir Path home;

  private static KeyValueStore<Bytes, byte[]> store(String name) {
    return Stores.inMemoryKeyValueStore(name).get();
  }

  @Test
  void lookupsThatAreLostAreMadeFromTheEntries() {
    EverclipConfig config =
        GateDriver.config(home, "gate.deduplicationCapacity=3", "gate.holdoutShare=0");
    var before = new HashIndex(entries, store("lookups"), codec, config.gate());
    before.offer(picture(config, 1));
    before.offer(picture(config, 2));
    before.offer(picture(config, 3));
    before.forget(picture(config, 2).getPairId());

    // Kafka Streams has restored what has a changelog, and nothing else.
    var after = new HashIndex(entries, store("restored"), codec, config.gate());

    assertThat(after.size()).isEqualTo(2);
    assertThat(kind(after, config, 1)).isEqualTo(Verdict.Kind.DUPLICATE_EXACT);
    assertThat(kind(after, config, 3)).isEqualTo(Verdict.Kind.DUPLICATE_EXACT);
    assertThat(kind(after, config, 2)).as("was forgotten").isEqualTo(Verdict.Kind.UNIQUE);
    assertThat(kind(after, config, 4)).isEqualTo(Verdict.Kind.UNIQUE);
    assertThat(after.size()).as("the first has made room").isEqualTo(3);
    assertThat(kind(after, config, 1)).isEqualTo(Verdict.Kind.UNIQUE);
  }

  /** Offers a picture once more, under an id of its own. */
  private static Verdict.Kind kind(HashIndex index, EverclipConfig config, int number) {
    PairHash again = picture(config, number);
    again.setPairId("again" + number);
    return index.offer(again).kind();
  }

  private static PairHash picture(EverclipConfig config, int number) {
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    Inspection inspection =
        inspector.inspect(
            GateDriver.pair("p" + number, "Drawing", Pictures.drawing(number)).build(),
            new RawPosition("pairs.raw", 0, (long) number),
            GateDriver.ARRIVAL);
    return ((Inspection.Passed) inspection).fingerprint();
  }
}
