package org.everclip.clip.network;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model: data, read from {@code models/NAME.json} or from a model directory.
 *
 * @param fastVit the image tower of the MobileCLIP family, else null
 * @param vit the image tower of CLIP and CoCa, else null
 * @param decoder the multimodal decoder of CoCa, else null
 */
@JsonInclude(NON_NULL)
public record Architecture(
    String name,
    Family family,
    int embedDim,
    int imageSize,
    @Nullable FastVit fastVit,
    @Nullable VisionTransformer vit,
    Text text,
    @Nullable Decoder decoder) {

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(SerializationFeature.INDENT_OUTPUT);

  /** Which names and blocks a model uses. */
  public enum Family {
    MOBILECLIP,
    CLIP,
    COCA
  }

  /**
   * Activation of CLIP's transformers; the weights do not tell which one they were trained with.
   */
  public enum Activation {
    GELU,
    QUICK_GELU
  }

  /** What mixes positions in a stage of the image tower. */
  public enum Mixer {
    REPMIXER,
    ATTENTION
  }

  /**
   * MobileCLIP's image tower; lists have one entry per stage.
   *
   * @param ratio width of the ConvFFN relative to the stage's
   * @param layerScale what the residual branches' factors begin with
   * @param squeezeExcite whether the downsampling that enters the stage has squeeze-and-excitation
   */
  public record FastVit(
      List<Integer> depths,
      List<Integer> widths,
      int ratio,
      double layerScale,
      List<Boolean> squeezeExcite,
      List<Mixer> mixers) {

    public FastVit {
      depths = List.copyOf(depths);
      widths = List.copyOf(widths);
      squeezeExcite = List.copyOf(squeezeExcite);
      mixers = List.copyOf(mixers);
      int stages = depths.size();
      require(
          widths.size() == stages && squeezeExcite.size() == stages && mixers.size() == stages,
          "fastVit",
          "depths, widths, squeezeExcite and mixers need one entry per stage");
      for (int stage = 1; stage < stages; stage++) {
        require(
            widths.get(stage) % widths.get(stage - 1) == 0,
            "fastVit",
            "each width must be a multiple of the one before, but they are " + widths);
      }
    }
  }

  /**
   * CLIP's image tower.
   *
   * @param poolQueries queries of CoCa's attentional pool, 0 for none
   */
  public record VisionTransformer(
      int patchSize, int width, int layers, int heads, int poolQueries, int poolHeads) {}

  /**
   * A text tower.
   *
   * @param vocabularySize 0 in a small member until its tokenizer is known
   * @param mixerBlocks whether a convolutional block stands before and after the transformer (MCt)
   */
  public record Text(
      int contextLength,
      int vocabularySize,
      int width,
      int heads,
      int layers,
      boolean causal,
      boolean mixerBlocks,
      Activation activation) {}

  /** CoCa's multimodal decoder, as wide as the text tower. */
  public record Decoder(int layers, int heads) {}

  public Architecture {
    require(
        (family == Family.MOBILECLIP) == (fastVit != null), name, "fastVit goes with MOBILECLIP");
    require((family == Family.MOBILECLIP) == (vit == null), name, "vit goes with CLIP and COCA");
    require((family == Family.COCA) == (decoder != null), name, "decoder goes with COCA");
  }

  /** Reads the description of a known model, for example {@code mobileclip-nano}. */
  public static Architecture named(String name) {
    try (var in = Architecture.class.getResourceAsStream("/models/" + name + ".json")) {
      if (in == null) {
        throw new IllegalArgumentException(
            "No model is called '" + name + "'; known are " + Networks.names());
      }
      return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads what {@link #toJson} wrote. */
  public static Architecture parse(String json) {
    try {
      return JSON.readValue(json, Architecture.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "This is not an architecture: " + e.getOriginalMessage() + "; see models/*.json", e);
    }
  }

  public String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same model for a tokenizer with so many ids. */
  public Architecture withVocabularySize(int size) {
    var sized =
        new Text(
            text.contextLength,
            size,
            text.width,
            text.heads,
            text.layers,
            text.causal,
            text.mixerBlocks,
            text.activation);
    return new Architecture(name, family, embedDim, imageSize, fastVit, vit, sized, decoder);
  }

  private static void require(boolean condition, String name, String message) {
    if (!condition) {
      throw new IllegalArgumentException("Architecture '" + name + "': " + message);
    }
  }
}
