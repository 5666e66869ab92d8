package org.everclip.formats.augment;

import java.util.random.RandomGenerator;

/** SplitMix64 (Steele, Lea, Flood 2014), fixed here so that no library version changes draws. */
final class SplitMix64 implements RandomGenerator {
  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  @Override
  public long nextLong() {
    state += 0x9e3779b97f4a7c15L;
    long z = state;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1p-53;
  }
}
