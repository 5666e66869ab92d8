package org.everclip.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.Inspector;
import org.everclip.ingest.gate.Pictures;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;

class UrlPairsTest {

  private static final byte[] PICTURE = Pictures.drawing(1);

  private final MockSchemaRegistryClient registry = new MockSchemaRegistryClient();
  private final RawPairCodec raw = new RawPairCodec(registry);
  private final RecordCodec<RejectedPair> rejected = RecordCodec.of(Topics.REJECTED, registry);

  private UrlPairs pairs(String wrongChecksum) {
    EverclipConfig config = new ConfigLoader(Map.of()).load(Path.of("target"), null, List.of());
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    return new UrlPairs(raw, rejected, inspector, wrongChecksum);
  }

  private static ImageTextPair.Builder pair() {
    return ImageTextPair.newBuilder()
        .setSource("web")
        .setExternalId("7")
        .setCaption("One")
        .setUrl("http://a.example/1.png");
  }

  private ConsumerRecord<byte[], byte[]> record(ImageTextPair pair) {
    return record(raw.encode(pair));
  }

  private static ConsumerRecord<byte[], byte[]> record(byte[] value) {
    return new ConsumerRecord<>(Topics.RAW.name(), 3, 17, new byte[] {1}, value);
  }

  @Test
  void onlyWhatTheGateLeavesIsFetched() {
    UrlPairs pairs = pairs("label");

    assertThat(pairs.read(record(pair().build()))).isNotNull();
    assertThat(pairs.read(record(pair().setImage(ByteBuffer.wrap(PICTURE)).build()))).isNull();
    assertThat(pairs.read(record(pair().setOperation(PairOperation.DELETE).build()))).isNull();
    assertThat(pairs.read(record(pair().setCaption(" ").build()))).isNull();
    assertThat(pairs.read(record(pair().setSource("").build()))).isNull();
    assertThat(pairs.read(record(pair().setUrl(null).build()))).isNull();
    assertThat(pairs.read(record("garbage".getBytes(java.nio.charset.StandardCharsets.UTF_8))))
        .isNull();
  }

  @Test
  void aFetchedPairStandsForTheFirstAndSaysWhereItsPictureWas() throws Exception {
    UrlPairs pairs = pairs("label");
    UrlPairs.UrlPair pair = Objects.requireNonNull(pairs.read(record(pair().build())));
    Parking parking = Parking.open(Path.of("target", "parking"));

    ProducerRecord<byte[], byte[]> record =
        pairs.fetched(
            pair, new Outcome.Arrived(parking.park(PICTURE), "http://b.example/2.png", true));

    ImageTextPair whole = raw.decode(record.value());
    assertThat(record.topic()).isEqualTo(Topics.RAW.name());
    assertThat(record.key()).containsExactly(1);
    assertThat(record.headers().lastHeader(UrlPairs.INSTEAD_OF).value())
        .asString()
        .isEqualTo("pairs.raw:3:17");
    assertThat(whole.getImage()).isEqualTo(ByteBuffer.wrap(PICTURE));
    assertThat(whole.getExternalId()).isEqualTo("7");
    assertThat(whole.getAttributes())
        .containsOnly(
            Map.entry(UrlPairs.FETCHED_FROM, "http://b.example/2.png"),
            Map.entry(UrlPairs.WRONG_CHECKSUM, "true"));
  }

  @Test
  void aRefusalHasReasonStagePositionAndHead() {
    UrlPairs pairs = pairs("label");
    UrlPairs.UrlPair pair = Objects.requireNonNull(pairs.read(record(pair().build())));

    ProducerRecord<byte[], byte[]> record =
        pairs.refused(
            pair, FetchFailure.passing(RejectionReason.FETCH_DNS, "no name " + "x".repeat(1000)));

    RejectedPair refusal = Objects.requireNonNull(rejected.decode(record.value()));
    assertThat(record.topic()).isEqualTo(Topics.REJECTED.name());
    assertThat(refusal.getReason()).isEqualTo(RejectionReason.FETCH_DNS);
    assertThat(refusal.getStage()).isEqualTo(RejectionStage.FETCH);
    assertThat(refusal.getPairId()).isEqualTo(PairId.of("web", "7"));
    assertThat(refusal.getRawPosition().getOffset()).isEqualTo(17);
    assertThat(refusal.getDetail()).hasSizeLessThan(600);
    assertThat(refusal.getHead().remaining()).isPositive();
    assertThat(refusal.getRejectedTime()).isBefore(Instant.now());
  }

  @Test
  void aChecksumThatDoesNotFitLabelsOrRejects() throws FetchFailure {
    ImageTextPair wrong = pair().setAttributes(Map.of("sha256", "00ff")).build();
    ImageTextPair right = pair().setAttributes(Map.of("sha256", Sha256.hex(PICTURE))).build();
    UrlPairs label = pairs("label");
    UrlPairs.UrlPair wrongPair = Objects.requireNonNull(label.read(record(wrong)));
    UrlPairs.UrlPair rightPair = Objects.requireNonNull(label.read(record(right)));

    assertThat(label.isOther(wrongPair, PICTURE)).isTrue();
    assertThat(label.isOther(rightPair, PICTURE)).isFalse();
    assertThat(pairs("ignore").isOther(wrongPair, PICTURE)).isFalse();
    assertThatThrownBy(() -> pairs("reject").isOther(wrongPair, PICTURE))
        .isInstanceOfSatisfying(
            FetchFailure.class,
            failure -> assertThat(failure.reason()).isEqualTo(RejectionReason.FETCH_CHECKSUM));
  }
}
