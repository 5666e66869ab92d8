package org.everclip.clip.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

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

  /** Reads Hugging Face's {@code vocab.json} and {@code merges.txt}. */
  public static Tokenizer loadVocabulary(Path vocabJson, Path mergesTxt) throws IOException {
    return new BytePairTokenizer(
        TokenizerJson.read(Files.readAllBytes(vocabJson), Files.readAllLines(mergesTxt)));
  }

  /**
   * Reads the vocabulary that lies in a folder: {@code tokenizer.json}, {@code vocab.json} and
   * {@code merges.txt}, or CLIP's own file.
   */
  public static Optional<Tokenizer> find(Path folder) throws IOException {
    Path tokenizerJson = folder.resolve("tokenizer.json");
    if (Files.isRegularFile(tokenizerJson)) {
      return Optional.of(load(tokenizerJson));
    }
    Path vocab = folder.resolve("vocab.json");
    Path merges = folder.resolve("merges.txt");
    if (Files.isRegularFile(vocab) && Files.isRegularFile(merges)) {
      return Optional.of(loadVocabulary(vocab, merges));
    }
    Path clip = folder.resolve(ClipVocabulary.FILE_NAME);
    return Files.isRegularFile(clip) ? Optional.of(loadClipVocabulary(clip)) : Optional.empty();
  }

  /** Whether this is CLIP's published vocabulary, wherever it was read from. */
  public static boolean isClip(Tokenizer tokenizer) {
    return tokenizer instanceof BytePairTokenizer bytePair && bytePair.vocabulary().isClip();
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
    Files.write(tokenizerJson, TokenizerJson.write(vocabulary(tokenizer)));
  }

  /**
   * Writes the {@code tokenizer_config.json} that Hugging Face's tokenizers want beside a {@code
   * tokenizer.json}, so that texts are padded and cut as {@link Tokenizer#encode} does.
   *
   * @throws IllegalArgumentException if the vocabulary has no token of its own for padding
   */
  public static void writeHubConfig(Tokenizer tokenizer, int contextLength, Path file)
      throws IOException {
    Files.write(file, TokenizerJson.hubConfig(vocabulary(tokenizer), contextLength));
  }

  private static BytePairVocabulary vocabulary(Tokenizer tokenizer) {
    if (!(tokenizer instanceof BytePairTokenizer bytePair)) {
      throw new IllegalArgumentException(
          "Only a byte-pair tokenizer can be written, not " + tokenizer.getClass().getName());
    }
    return bytePair.vocabulary();
  }
}
