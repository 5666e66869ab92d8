package org.everclip.reinforce;

import java.util.List;
import org.everclip.clip.Decoding;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.embedding.EmbeddingEncoding;

/**
 * What is done to every pair. The recipe's file is read by {@link RecipeFile}; together with the
 * hashes of the models it names it determines the reinforcementVersion.
 *
 * @param teachers in the order of the records' teacherEmbeddings
 * @param captionsPerImage S
 * @param augmentationsPerImage A
 * @param seed of augmentations and captions
 * @param embeddings how the teachers' rows are stored
 */
public record Recipe(
    List<Teacher> teachers,
    CaptionerEntry captioner,
    int captionsPerImage,
    int augmentationsPerImage,
    AugmentationRecipe augmentation,
    long seed,
    EmbeddingEncoding embeddings) {

  private static final int MOST = 100;

  public Recipe {
    teachers = List.copyOf(teachers);
    require(!teachers.isEmpty(), "at least one entry in teachers", "none");
    require(
        captionsPerImage >= 1 && captionsPerImage <= MOST,
        "captionsPerImage in 1.." + MOST,
        captionsPerImage);
    require(
        augmentationsPerImage >= 1 && augmentationsPerImage <= MOST,
        "augmentationsPerImage in 1.." + MOST,
        augmentationsPerImage);
  }

  /**
   * A model of the ensemble.
   *
   * @param path model directory, relative to the program's folder
   */
  public record Teacher(String path) {}

  /**
   * The model that writes captions.
   *
   * @param path model directory, relative to the program's folder
   */
  public record CaptionerEntry(String path, Nucleus decoding) {}

  /**
   * Nucleus sampling.
   *
   * @param topP kept probability mass
   * @param minLength no end before so many ids
   * @param maxLength ids of a caption, start and end included
   */
  public record Nucleus(
      double topP, double temperature, int minLength, int maxLength, double repetitionPenalty) {

    public Nucleus {
      decoding(topP, temperature, minLength, maxLength, repetitionPenalty);
    }

    /** The same as the captioner takes it. */
    public Decoding decoding() {
      return decoding(topP, temperature, minLength, maxLength, repetitionPenalty);
    }

    private static Decoding decoding(
        double topP, double temperature, int minLength, int maxLength, double penalty) {
      return new Decoding(
          Decoding.Method.TOP_P, topP, 1, temperature, maxLength, minLength, penalty);
    }
  }

  private static void require(boolean condition, String expected, Object got) {
    if (!condition) {
      throw new IllegalArgumentException("recipe: expected " + expected + ", got " + got);
    }
  }
}
