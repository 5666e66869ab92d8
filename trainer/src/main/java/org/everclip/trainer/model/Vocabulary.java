package org.everclip.trainer.model;

import java.nio.file.Path;
import org.everclip.clip.text.ClipVocabulary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the vocabulary is, for models that bring none. */
final class Vocabulary {

  @Option(
      names = "--vocabulary",
      paramLabel = "FILE",
      description =
          "CLIP's vocabulary ("
              + ClipVocabulary.FILE_NAME
              + ") or a tokenizer.json, for a model that brings none; else the environment variable "
              + ClipVocabulary.VARIABLE
              + " says where it is.")
  private @Nullable Path file;

  ClipVocabulary given() {
    return file == null ? ClipVocabulary.supplied() : ClipVocabulary.at(file);
  }
}
