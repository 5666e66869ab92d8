package org.everclip.clip.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where CLIP's published vocabulary is on this machine, for models that need it and do not bring
 * one: the published file or a {@code tokenizer.json}. It is no part of EverClip.
 */
public record ClipVocabulary(Optional<Path> file) {

  /** What the file is called where CLIP and open_clip ship it. */
  public static final String FILE_NAME = "bpe_simple_vocab_16e6.txt.gz";

  /** The system property that names the file. */
  public static final String PROPERTY = "everclip.clip.vocabulary";

  /** The environment variable that names the file. */
  public static final String VARIABLE = "EVERCLIP_VOCABULARY";

  public static ClipVocabulary at(Path file) {
    return new ClipVocabulary(Optional.of(file));
  }

  /** What the property or else the environment names, if they do. */
  public static ClipVocabulary supplied() {
    return new ClipVocabulary(
        Optional.ofNullable(System.getProperty(PROPERTY, System.getenv(VARIABLE))).map(Path::of));
  }

  /**
   * Reads the vocabulary.
   *
   * @param what needs it, for the message
   * @throws IOException if it was not supplied, with the ways to do that
   */
  public Tokenizer tokenizer(String what) throws IOException {
    Path path =
        file.orElseThrow(
            () ->
                new IOException(
                    "%s needs CLIP's vocabulary and does not bring one: put %s (of open_clip or CLIP) or a tokenizer.json into the folder, or name the file by --vocabulary, -D%s=FILE or %s=FILE"
                        .formatted(what, FILE_NAME, PROPERTY, VARIABLE)));
    if (!Files.isRegularFile(path)) {
      throw new IOException(path + ", named as CLIP's vocabulary, is not a file");
    }
    return path.toString().endsWith(".json")
        ? Tokenizers.load(path)
        : Tokenizers.loadClipVocabulary(path);
  }
}
