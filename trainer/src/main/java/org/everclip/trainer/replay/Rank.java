package org.everclip.trainer.replay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import org.everclip.contracts.Sha256;

/**
 * Seeded hashes in place of random numbers: a choice made by rank depends on what is ranked and on
 * nothing else, so there is no generator whose state would have to be kept. Built on SHA-256.
 */
public final class Rank {

  private Rank() {}

  /** A 64-bit hash of the text for this seed, uniform over unsigned values. */
  public static long of(long seed, String text) {
    byte[] digest = Sha256.digest().digest((Long.toString(seed) + ':' + text).getBytes(UTF_8));
    return ByteBuffer.wrap(digest).getLong();
  }

  /** A choice from 0 (inclusive) to bound (exclusive) by the text's hash. */
  public static int choose(long seed, String text, int bound) {
    return (int) Long.remainderUnsigned(of(seed, text), bound);
  }
}
