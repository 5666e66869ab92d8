package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.everclip.contracts.MalformedRecordException;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.ingest.Fuzzer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the gate reads of strangers: records, pictures, captions. */
class GateFuzzTest {

  private static final int MAX_SAMPLE_BYTES = 64 << 10;

  @TempDir Path home;

  @Test
  void pictures() throws IOException {
    var config = GateDriver.config(home, "limits.maxImagePixels=1000000");
    var inspector = new Inspector(config.limits(), config.gate(), EvaluationHashes.none());
    var position = new RawPosition("pairs.raw", 0, 0L);

    Fuzzer.run(
        "image",
        samples("images"),
        bytes ->
            assertThat(
                    inspector.inspect(
                        GateDriver.pair("p", "A picture", bytes).build(),
                        position,
                        GateDriver.ARRIVAL))
                .isNotNull());
  }

  @Test
  void captions() throws IOException {
    var rules = new CaptionRules(GateDriver.config(home).limits());

    Fuzzer.run(
        "caption",
        samples("captions"),
        bytes -> {
          if (rules.check(new String(bytes, UTF_8)) instanceof CaptionRules.Outcome.Clean clean) {
            assertThat(clean.caption()).doesNotContainPattern("[\\p{Cc}\\u202a-\\u202e]");
          }
        });
  }

  @Test
  void jsonRecords() throws IOException {
    var codec = new RawPairCodec(new MockSchemaRegistryClient());
    String image = Base64.getEncoder().encodeToString(Pictures.drawing(1));
    List<byte[]> samples =
        List.of(
            ("{\"source\":\"s\",\"externalId\":\"1\",\"caption\":\"A drawing\",\"image\":\""
                    + image
                    + "\",\"eventTime\":\"2026-01-01T00:00:00Z\",\"holdout\":false,"
                    + "\"attributes\":{\"licence\":\"CC0\",\"width\":\"64\"}}")
                .getBytes(UTF_8),
            "{\"source\":\"s\",\"caption\":\"Bücher\",\"url\":\"https://example.org/a.jpg\"}"
                .getBytes(UTF_8),
            "{\"source\":\"s\",\"externalId\":\"1\",\"operation\":\"DELETE\"}".getBytes(UTF_8));

    Fuzzer.run("json-record", samples, bytes -> decode(codec, bytes));
  }

  @Test
  void avroRecords() throws IOException {
    var codec = new RawPairCodec(new MockSchemaRegistryClient());
    List<byte[]> samples =
        List.of(
            codec.encode(GateDriver.pair("1", "A drawing", Pictures.drawing(1)).build()),
            codec.encode(GateDriver.deletion("1")));

    Fuzzer.run("avro-record", samples, bytes -> decode(codec, bytes));
  }

  private static void decode(RawPairCodec codec, byte[] bytes) {
    try {
      assertThat(codec.decode(bytes).getSource()).isNotNull();
    } catch (MalformedRecordException refused) {
      assertThat(refused.getMessage()).isNotBlank();
    }
  }

  private static List<byte[]> samples(String kind) throws IOException {
    JsonNode rows = new JsonMapper().readTree(Pictures.hostile("manifest.json")).path(kind);
    var samples = new ArrayList<byte[]>();
    for (JsonNode row : rows) {
      if (row.path("bytes").asInt() < MAX_SAMPLE_BYTES) {
        samples.add(Pictures.hostile(row.path("file").asText()));
      }
    }
    return samples;
  }
}
