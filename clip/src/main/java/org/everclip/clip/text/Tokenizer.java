package org.everclip.clip.text;

/**
 * Turns a caption into token ids and back. Implementations are immutable and safe for all threads.
 */
public interface Tokenizer {

  /**
   * Returns exactly {@code contextLength} ids: start, the text, end, then zeros; a text that is too
   * long is cut and its last id is the end id.
   */
  long[] encode(String text, int contextLength);

  /** Returns the text of the ids without start, end and padding; pieces are separated by blanks. */
  String decode(long[] ids);

  /** The number of ids; the end id is the largest. */
  int vocabularySize();

  int startId();

  int endId();
}
