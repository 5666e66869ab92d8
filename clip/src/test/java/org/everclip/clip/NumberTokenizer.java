package org.everclip.clip;

import java.util.Arrays;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.text.Tokenizer;

/** The ids of the goldens stand for nothing; the two largest are start and end. */
record NumberTokenizer(int vocabularySize) implements Tokenizer {

  static NumberTokenizer of(Architecture architecture) {
    return new NumberTokenizer(architecture.text().vocabularySize());
  }

  @Override
  public long[] encode(String text, int contextLength) {
    return Arrays.copyOf(new long[] {startId(), endId()}, contextLength);
  }

  @Override
  public String decode(long[] ids) {
    return Arrays.toString(ids);
  }

  @Override
  public int startId() {
    return vocabularySize - 2;
  }

  @Override
  public int endId() {
    return vocabularySize - 1;
  }
}
