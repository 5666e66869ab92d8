package org.everclip.clip.network;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The goldens' weights and inputs are made here bit for bit as the reference made them. */
class FillTest {

  private final JsonNode golden = Golden.json("fill");

  @Test
  void numbersAreDrawnAsInTheReference() {
    for (var entry : golden.get("uniform_first4").properties()) {
      double[] expected =
          StreamSupport.stream(entry.getValue().spliterator(), false)
              .mapToDouble(JsonNode::asDouble)
              .toArray();
      assertThat(Golden.uniform(entry.getKey(), expected.length))
          .as("'" + entry.getKey() + "'")
          .containsExactly(expected);
    }
    assertThat(golden.get("uniform_first4")).hasSize(9);
  }

  @Test
  void tensorsOfEveryKindAreThoseOfTheReference() throws Exception {
    int compared = 0;
    for (var tensor : golden.get("tensors")) {
      var shape =
          StreamSupport.stream(tensor.get("shape").spliterator(), false)
              .mapToLong(JsonNode::asLong)
              .toArray();
      var spec = new TensorSpec(tensor.get("key").asText(), shape, Init.ZEROS, false);
      // Counters of batches are integers and not among a network's tensors.
      if (!spec.name().endsWith("num_batches_tracked")) {
        assertThat(sha256(Golden.fill(spec)))
            .as(spec.name())
            .isEqualTo(tensor.get("sha256_f32le").asText());
        compared++;
      }
    }
    assertThat(compared).isGreaterThanOrEqualTo(18);
  }

  @Test
  void picturesAndVectorsAreThoseOfTheReference() throws Exception {
    for (var image : golden.get("images")) {
      var shape = image.get("shape");
      assertThat(
              sha256(
                  Golden.images(
                      image.get("name").asText(), shape.get(0).asInt(), shape.get(3).asInt())))
          .as(image.toString())
          .isEqualTo(image.get("sha256_f32le").asText());
    }
    for (var vector : golden.get("vectors")) {
      int count = vector.get("shape").get(0).asInt() * vector.get("shape").get(1).asInt();
      var values = Golden.uniform(vector.get("name").asText(), count);
      var floats = new float[count];
      IntStream.range(0, count).forEach(i -> floats[i] = (float) values[i]);
      assertThat(sha256(floats)).isEqualTo(vector.get("sha256_f32le").asText());
    }
  }

  private static String sha256(float[] values) throws NoSuchAlgorithmException {
    var bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
  }
}
