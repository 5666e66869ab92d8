package org.everclip.clip.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads and writes tokenizers. */
public final class Tokenizers {

  private Tokenizers() {}

  /** Reads a Hugging Face {@code tokenizer.json} with a byte-level BPE model. */
  public static Tokenizer load(Path tokenizerJson) throws IOException {
    return new BytePairTokenizer(TokenizerJson.read(Files.readAllBytes(tokenizerJson)));
  }

  /** Reads CLIP's {@code bpe_simple_vocab_16e6.txt.gz}. */
  public static Tokenizer loadClipVocabulary(Path vocabulary) throws IOException {
    return new BytePairTokenizer(BytePairVocabulary.readClip(vocabulary));
  }

  /**
   * Learns a vocabulary of {@code size} ids from texts. The same texts in the same order give the
   * same vocabulary.
   */
  public static Tokenizer train(Iterable<String> texts, int size) {
    return new BytePairTokenizer(BpeTrainer.train(texts, size));
  }

  /** Writes a {@code tokenizer.json} that {@link #load} and Hugging Face's tokenizers read. */
  public static void write(Tokenizer tokenizer, Path tokenizerJson) throws IOException {
    if (!(tokenizer instanceof BytePairTokenizer bytePair)) {
      throw new IllegalArgumentException(
          "Only a byte-pair tokenizer can be written, not " + tokenizer.getClass().getName());
    }
    Files.write(tokenizerJson, TokenizerJson.write(bytePair.vocabulary()));
  }
}
