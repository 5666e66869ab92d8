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

  /** Lengths and counts of gigabytes in records of a few bytes: nothing so large is made. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "02feffffff0f", // externalId of 2^31 - 1 bytes
        "02feffffff07", // ... of 2^30 - 1 bytes
        "0002feffffff07", // image
        "00000002ffffffff0f", // negative
        "00000002610261" + "00" + "feffffff07" + "0261026100", // so many attributes
        "00000002610261" + "00" + "fdffffff07" + "080261026100" // ... in a block with its size
      })
  void lengthsThatLieCostNoMemory(String hex) {
    byte[] good = codec.encode(ImageTextPair.newBuilder().build());
    byte[] body = java.util.HexFormat.of().parseHex(hex);
    byte[] record = Arrays.copyOf(good, 5 + body.length);
    System.arraycopy(body, 0, record, 5, body.length);

    long before = allocated();
    assertThatThrownBy(() -> codec.decode(record)).isInstanceOf(MalformedRecordException.class);
    assertThat(allocated() - before).isLessThan(10 << 20);
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private ImageTextPair json(String value) {
    return codec.decode(value.getBytes(UTF_8));
  }
}
