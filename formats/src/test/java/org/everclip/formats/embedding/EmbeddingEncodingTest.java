package org.everclip.formats.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class EmbeddingEncodingTest {

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNIT_QUANTISED")
  void unitRowsOfAnyShapeComeBackAsTheirBfloat16BitForBit(EmbeddingEncoding encoding) {
    var random = new Random(1);
    for (int trial = 0; trial < 300; trial++) {
      int dim = 1 + random.nextInt(trial % 3 == 0 ? 900 : 20);
      float[] rows = unitRows(random.nextInt(12), dim, random, trial % 5);

      float[] read = rows(encoding, encoding.encode(rows, dim), dim).values();

      assertThat(bits(read)).isEqualTo(bits(Bfloat16.decode(Bfloat16.encode(rows))));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "UNIT_QUANTISED")
  void everyBfloat16ComesBack(EmbeddingEncoding encoding) {
    float[] all = new float[1 << 16];
    for (int i = 0; i < all.length; i++) {
      all[i] = Bfloat16.toFloat((short) i);
    }
    for (int dim : new int[] {1, 64, 1 << 12}) {
      float[] read = rows(encoding, encoding.encode(all, dim), dim).values();

      assertThat(bits(read)).isEqualTo(bits(Bfloat16.decode(Bfloat16.encode(all))));
    }
    // Few enough exponents to be coded, infinities and not-a-numbers among them.
    float[] some = new float[4096];
    var random = new Random(2);
    for (int i = 0; i < some.length; i++) {
      some[i] = Bfloat16.toFloat((short) (0x7e00 + random.nextInt(0x200) | (i & 1) << 15));
    }
    float[] read = rows(encoding, encoding.encode(some, 64), 64).values();
    assertThat(bits(read)).isEqualTo(bits(Bfloat16.decode(Bfloat16.encode(some))));
  }

  @ParameterizedTest
  @EnumSource
  void anyRowIsReadByItself(EmbeddingEncoding encoding) {
    var random = new Random(3);
    for (int dim : new int[] {1, 3, 64, 771}) {
      float[] rows = unitRows(7, dim, random, 0);
      EmbeddingRows stored = rows(encoding, encoding.encode(rows, dim), dim);
      float[] all = stored.values();
      float[] target = new float[dim + 5];

      for (int row : new int[] {6, 0, 3, 3}) {
        stored.copy(row, target, 2);
        for (int i = 0; i < dim; i++) {
          assertThat(target[2 + i]).isEqualTo(all[row * dim + i]);
        }
      }
      assertThatThrownBy(() -> stored.copy(7, target, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aSampleTakesWhatIsPromised() {
    float[] rows = unitRows(16, 768, new Random(4), 0);

    assertThat(EmbeddingEncoding.BF16.encode(rows, 768)).hasSize(16 * 1536);
    assertThat(8.0 * EmbeddingEncoding.BF16_PACKED.encode(rows, 768).length / rows.length)
        .isLessThan(11.3);
    assertThat(8.0 * EmbeddingEncoding.UNIT_QUANTISED.encode(rows, 768).length / rows.length)
        .isLessThan(6.0);
  }

  @Test
  void quantisedRowsStayWithinTheStatedError() {
    double half = 1 / (2.0 * QuantisedRows.STEPS);
    double bound = half * (1 + half * half / 4) + 1e-6;
    var random = new Random(5);
    for (int trial = 0; trial < 200; trial++) {
      int dim = 1 + random.nextInt(trial % 2 == 0 ? 900 : 9);
      float[] rows = unitRows(3, dim, random, trial % 5);
      float[] read = quantised(rows, dim);
      for (int row = 0; row < 3; row++) {
        double norm = Math.sqrt(dot(rows, row, rows, row, dim));
        double distance = 0;
        for (int i = row * dim; i < (row + 1) * dim; i++) {
          distance += Math.pow(read[i] - rows[i] / norm, 2);
        }
        assertThat(Math.sqrt(distance)).isLessThanOrEqualTo(bound);
        assertThat(dot(read, row, read, row, dim)).isBetween(1 - 1e-5, 1 + 1e-5);
      }
    }
  }

  /** What bounds the error also makes encoding again harmless: nothing drifts. */
  @Test
  void quantisedRowsThatAreQuantisedAgainStayWithinTheErrorOfTheFirstTime() {
    float[] rows = unitRows(8, 768, new Random(6), 0);
    float[] once = quantised(rows, 768);
    float[] often = once;
    for (int i = 0; i < 10; i++) {
      often = quantised(often, 768);
    }

    for (int row = 0; row < 8; row++) {
      assertThat(dot(often, row, once, row, 768)).isGreaterThan(0.9999);
    }
  }

  @Test
  void rowsWithoutDirectionAreNotQuantised() {
    float[] rows = {1, 0, Float.NaN, 0};

    assertThatThrownBy(() -> EmbeddingEncoding.UNIT_QUANTISED.encode(rows, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 1");
    assertThatThrownBy(() -> EmbeddingEncoding.UNIT_QUANTISED.encode(new float[2], 2))
        .hasMessageContaining("row 0");
  }

  /** Written before exponents took three bits each; a zero and an escape are among them. */
  @Test
  void rowsInTheOlderPackedFormAreStillRead() {
    byte[] stored =
        HexFormat.of()
            .parseHex(
                "010400007e5a76d7001287eaeefc3521151c2749427dc56489da2e2bce57e15c05323e12"
                    + "3411b0154249fb7f5c3709c26a0b11a0895dd21ac1c943680d32d47c18262def60402981"
                    + "521b0343093ae088cef75b69481006a3c51d1c49587355711348518b5151870de2ee6d73"
                    + "e824644b3e22bbd2e49c359a76594a6d3f742261b15ae8f7ffd50af64a6a46141bfcafe9"
                    + "6ed79229fb0b0e63211483644727bc1aa74d6dac086bffd809393575a0084bf4040f0010"
                    + "000e000f00da0b801151a37b0c1102bc6e8362081ad57b15a22425444e3221c476d12402"
                    + "350b1cdaaaa20f607c44f46824aed9a3ea364d0f24aefaaf46a8401715");

    EmbeddingRows rows = EmbeddingEncoding.BF16_PACKED.open(ByteBuffer.wrap(stored), 43);

    assertThat(stored[0]).isEqualTo((byte) 1);
    assertThat(rows.rows()).isEqualTo(4);
    assertThat(HexFormat.of().formatHex(Bfloat16.encode(rows.values())))
        .isEqualTo(
            "2d3e3b3e6bbd0000893e43bef53d773efe3e1abe90be0abe0e3e13bea4bd213e3ebee2bc"
                + "323c44beed3d973e95bd673eabbef0beae3d82be993e9f3e093b1a3e88bc583d8abda13e"
                + "24be7dbebfbe2e3e9bbd84bee13d353e05be88bd503e44be2ebe693e8d2be0bde4bea1bd"
                + "343e06be993eea3dbe3d0c3d933e96bdf7beb03d203e94be40bca93d8dbd01bfa1bd84be"
                + "9d3df03ec43d673e7bbd2dbdb4bca43e083e033ed1bde2bd8ebd0e3e24bd2c3eb9bdaabc"
                + "b8be89bea43e28bcc5be28bd28bd43bd06be713e773e36beb9be743e123eb23ba5be9f3e"
                + "913e5dbee93d723ece3b1abecd3e3b3eacbe253e36be1fbc3a3e113eb0bd58bead3ef43d"
                + "7bbeffbc6abe853dfb3c253c353e233e0a3e0dbe7e3ed7bc74bdb73d6bbdc93d14bd7dbc"
                + "85be873eb1bd90bd0a3ec1bc323e23be13be5e380d3e53be26beb6bd563e843eb5be7fbd"
                + "6c3e84be9cbe9abe3abdd03c843e25be7a3e023e");
  }

  /** What is written today must be read by every later program. */
  @ParameterizedTest
  @EnumSource
  void theBytesAreThoseOfTheFirstRelease(EmbeddingEncoding encoding) {
    float[] rows = unitRows(5, 48, new Random(7), 0);

    byte[] bytes = encoding.encode(rows, 48);

    assertThat(encoding.id() + " " + bytes.length + " " + Goldens.sha256(bytes).substring(0, 16))
        .isIn(
            "bf16 480 1c578f767b2648bc",
            "bf16-packed 346 04ac482d4c628af9",
            "unit-quantised 213 358bfe37e8937fed");
  }

  @ParameterizedTest
  @EnumSource
  void damagedBytesAreRefusedOrGiveRows(EmbeddingEncoding encoding) {
    var random = new Random(8);
    int refused = 0;
    for (int trial = 0; trial < 3000; trial++) {
      int dim = 1 + random.nextInt(40);
      byte[] bytes = encoding.encode(unitRows(1 + random.nextInt(4), dim, random, 0), dim);
      byte[] damaged =
          trial % 3 == 0 ? java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
      for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
        damaged[random.nextInt(Math.min(damaged.length, trial % 2 == 0 ? 12 : 4000))] ^=
            (byte) (1 + random.nextInt(255));
      }
      try {
        EmbeddingRows read = rows(encoding, damaged, dim);
        assertThat(read.values()).hasSize(read.rows() * dim);
      } catch (IllegalArgumentException expected) {
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(500);
  }

  @Test
  void anUnknownEncodingIsNamedWithTheKnownOnes() {
    assertThatThrownBy(() -> EmbeddingEncoding.of("fp8"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bf16-packed")
        .hasMessageContaining("'fp8'");
  }

  private static float[] quantised(float[] rows, int dim) {
    var encoding = EmbeddingEncoding.UNIT_QUANTISED;
    return rows(encoding, encoding.encode(rows, dim), dim).values();
  }

  private static EmbeddingRows rows(EmbeddingEncoding encoding, byte[] bytes, int dim) {
    ByteBuffer inside = ByteBuffer.allocate(bytes.length + 7).position(3).put(bytes).flip();
    inside.position(3);
    EmbeddingRows rows = encoding.open(inside.asReadOnlyBuffer(), dim);
    assertThat(inside.remaining()).isEqualTo(bytes.length);
    return rows;
  }

  /**
   * Rows of unit length.
   *
   * @param kind 0: Gaussian, 1: one value holds most, 2: many zeros, 3: all equal, 4: tiny values
   */
  static float[] unitRows(int count, int dim, Random random, int kind) {
    float[] rows = new float[count * dim];
    for (int row = 0; row < count; row++) {
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        double value = random.nextGaussian();
        rows[i] =
            (float)
                switch (kind) {
                  case 2 -> random.nextInt(3) == 0 ? value : 0;
                  case 3 -> 1;
                  case 4 -> value * Math.pow(2, -random.nextInt(60));
                  default -> value;
                };
      }
      rows[row * dim] += kind == 1 ? 40 : kind == 0 ? 0 : 1e-3f;
      double norm = Math.sqrt(dot(rows, row, rows, row, dim));
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        rows[i] /= (float) norm;
      }
    }
    return rows;
  }

  private static double dot(float[] a, int rowA, float[] b, int rowB, int dim) {
    double sum = 0;
    for (int i = 0; i < dim; i++) {
      sum += (double) a[rowA * dim + i] * b[rowB * dim + i];
    }
    return sum;
  }

  private static String bits(float[] values) {
    return HexFormat.of().formatHex(Bfloat16.encode(values));
  }
}
