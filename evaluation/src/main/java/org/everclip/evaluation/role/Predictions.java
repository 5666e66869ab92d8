package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.everclip.evaluation.TaskOutcome.Judgement;

/**
 * Per-sample verdicts in a few bytes each: column by column, keys without what they share with the
 * key before, margins to 8 bits of mantissa (as bfloat16), all deflated. The same verdicts give the
 * same bytes. Thread-safe.
 */
final class Predictions {

  private static final int MAGIC = 0x45435031;
  private static final int NOT_MORE_THAN = 50_000_000;

  private Predictions() {}

  static byte[] encode(List<Judgement> judgements) {
    var bytes = new ByteArrayOutputStream();
    var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    try (var out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater))) {
      out.writeInt(MAGIC);
      out.writeInt(judgements.size());
      keys(judgements, out);
      for (Judgement judgement : judgements) {
        out.writeBoolean(judgement.right());
      }
      for (Judgement judgement : judgements) {
        varint(judgement.answer(), out);
      }
      for (Judgement judgement : judgements) {
        out.writeShort(Float.floatToIntBits(judgement.margin()) >>> 16);
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    } finally {
      deflater.end();
    }
    return bytes.toByteArray();
  }

  /**
   * Reads verdicts.
   *
   * @throws IllegalArgumentException if these are none
   */
  static List<Judgement> decode(byte[] bytes) {
    var inflater = new Inflater(true);
    try (var in =
        new DataInputStream(new InflaterInputStream(new ByteArrayInputStream(bytes), inflater))) {
      if (in.readInt() != MAGIC) {
        throw new IllegalArgumentException("these bytes are no predictions");
      }
      int count = in.readInt();
      if (count < 0 || count > NOT_MORE_THAN) {
        throw new IllegalArgumentException("predictions of " + count + " samples");
      }
      List<String> keys = keys(count, in);
      boolean[] right = new boolean[count];
      int[] answers = new int[count];
      for (int i = 0; i < count; i++) {
        right[i] = in.readBoolean();
      }
      for (int i = 0; i < count; i++) {
        answers[i] = varint(in);
      }
      var judgements = new ArrayList<Judgement>(keys.size());
      for (int i = 0; i < count; i++) {
        float margin = Float.intBitsToFloat(in.readUnsignedShort() << 16);
        judgements.add(new Judgement(keys.get(i), right[i], answers[i], margin));
      }
      return judgements;
    } catch (IOException e) {
      throw new IllegalArgumentException("damaged predictions", e);
    } finally {
      inflater.end();
    }
  }

  private static void keys(List<Judgement> judgements, DataOutputStream out) throws IOException {
    byte[] before = {};
    for (Judgement judgement : judgements) {
      byte[] key = judgement.key().getBytes(UTF_8);
      int same = 0;
      while (same < Math.min(before.length, key.length) && before[same] == key[same]) {
        same++;
      }
      varint(same, out);
      varint(key.length - same, out);
      out.write(key, same, key.length - same);
      before = key;
    }
  }

  private static List<String> keys(int count, DataInputStream in) throws IOException {
    var keys = new ArrayList<String>();
    byte[] before = {};
    for (int i = 0; i < count; i++) {
      int same = varint(in);
      int rest = varint(in);
      if (same < 0 || same > before.length || rest < 0 || rest > 1 << 16) {
        throw new IllegalArgumentException("damaged predictions");
      }
      byte[] key = Arrays.copyOf(before, same + rest);
      in.readFully(key, same, rest);
      keys.add(new String(key, UTF_8));
      before = key;
    }
    return keys;
  }

  /** Seven bits a byte, the lowest first; negative numbers take five. */
  private static void varint(int value, DataOutputStream out) throws IOException {
    int rest = value;
    while ((rest & ~0x7f) != 0) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  private static int varint(DataInputStream in) throws IOException {
    int value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      int next = in.readUnsignedByte();
      value |= (next & 0x7f) << shift;
      if (next < 0x80) {
        return value;
      }
    }
    throw new IllegalArgumentException("damaged predictions");
  }
}
