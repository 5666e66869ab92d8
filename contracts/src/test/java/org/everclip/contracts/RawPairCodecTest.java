package org.everclip.contracts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.confluent.kafka.schemaregistry.client.MockSchemaRegistryClient;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RawPairCodecTest {

  private final RawPairCodec codec = new RawPairCodec(new MockSchemaRegistryClient());

  @Test
  void readsBackTheAvroItWrites() {
    var pair =
        ImageTextPair.newBuilder()
            .setExternalId("7")
            .setSource("shop")
            .setCaption("ein Käfer 🐞")
            .setImage(ByteBuffer.wrap(new byte[] {1, 2, 3}))
            .setEventTime(Instant.parse("2024-05-01T00:00:00Z"))
            .setAttributes(Map.of("licence", "CC0"))
            .setHoldout(true)
            .build();

    assertThat(codec.decode(codec.encode(pair))).isEqualTo(pair);
  }

  @Test
  void readsJsonWithTheImageInBase64() {
    ImageTextPair pair =
        json(
            """
            {"externalId":"7","source":"shop","caption":"a cat","image":"AQID",
             "eventTime":"2024-05-01T00:00:00Z","attributes":{"a":"b"}}""");

    assertThat(pair.getImage()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
    assertThat(pair.getEventTime()).isEqualTo(Instant.parse("2024-05-01T00:00:00Z"));
    assertThat(pair.getAttributes()).containsExactly(Map.entry("a", "b"));
    assertThat(pair.getOperation()).isEqualTo(PairOperation.UPSERT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "{",
        "{\"image\":7}",
        "{\"image\":\"%%\"}",
        "{\"capton\":\"x\"}",
        "{\"eventTime\":\"soon\"}",
        "{\"attributes\":[1]}",
        "{\"operation\":\"DROP\"}",
        "\0\0\0\0\1x"
      })
  void refusesWhatIsNeitherFormWithAReason(String value) {
    assertThatThrownBy(() -> json(value))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageMatching("(?s).{10,}");
  }

  @Test
  void namesTheUnknownField() {
    assertThatThrownBy(() -> json("{\"capton\":\"x\"}")).hasMessageContaining("capton");
  }

  @Test
  void neverThrowsAnythingElseOnDamagedRecords() {
    byte[] good =
        codec.encode(
            ImageTextPair.newBuilder()
                .setCaption("a cat on a mat")
                .setImage(ByteBuffer.wrap(new byte[64]))
                .build());
    long seed = 20261123;
    var random = new Random(seed);

    for (int i = 0; i < 5000; i++) {
      byte[] damaged = Arrays.copyOf(good, random.nextInt(good.length + 8));
      for (int k = random.nextInt(6); k > 0 && damaged.length > 5; k--) {
        damaged[5 + random.nextInt(damaged.length - 5)] = (byte) random.nextInt();
      }
      try {
        codec.decode(damaged);
      } catch (MalformedRecordException expected) {
        assertThat(expected).hasMessageMatching("(?s).+");
      }
    }
  }

  private ImageTextPair json(String value) {
    return codec.decode(value.getBytes(UTF_8));
  }
}
