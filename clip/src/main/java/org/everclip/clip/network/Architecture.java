package org.everclip.clip.network;

import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of a model: data, read from {@code models/NAME.json} or from a model directory. Exactly
 * one image tower is given: {@code fastVit} or {@code hybridVit} for MOBILECLIP only, {@code vit}
 * for every family. In JSON, what came later may be absent and then means what it meant before.
 *
 * @param naming what the tensors are called; absent means ORIGINAL for MOBILECLIP, and the others
 *     have OPEN_CLIP only
 * @param decoder the multimodal decoder of CoCa, else null
 */
@JsonInclude(NON_NULL)
public record Architecture(
    String name,
    Family family,
    Naming naming,
    int embedDim,
    int imageSize,
    @Nullable FastVit fastVit,
    @Nullable HybridVit hybridVit,
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

  /** The normalization before attention in a stage of the image tower. */
  public enum AttentionNorm {
    BATCH,
    /** Over the channels of each position. */
    LAYER
  }

  /**
   * MobileCLIP's convolutional image tower; lists have one entry per stage. A stage of attention
   * begins with a conditional position encoding.
   *
   * @param ratio width of the ConvFFN relative to the stage's
   * @param layerScale what the residual branches' factors begin with
   * @param squeezeExcite whether the downsampling that enters the stage has squeeze-and-excitation
   * @param attentionNorm absent means BATCH
   * @param stemScaleBranch whether the stem's blocks have a 1 x 1 branch; absent means true
   */
  public record FastVit(
      List<Integer> depths,
      List<Integer> widths,
      int ratio,
      double layerScale,
      List<Boolean> squeezeExcite,
      List<Mixer> mixers,
      AttentionNorm attentionNorm,
      boolean stemScaleBranch) {

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
   * MobileCLIP-B's image tower: a vision transformer over the 16 x 16 patches of three
   * convolutions.
   *
   * @param stemPadding of the first convolution: 1 in the original package, 0 in timm; with equal
   *     weights the embeddings differ by 5e-3
   * @param normEpsilon of the layer norms: 1e-5 in the original package, 1e-6 in timm
   */
  public record HybridVit(int width, int layers, int heads, int stemPadding, double normEpsilon) {

    public HybridVit {
      require(width % (4 * heads) == 0, "hybridVit", "width must be a multiple of 4 x heads");
      require(stemPadding == 0 || stemPadding == 1, "hybridVit", "stemPadding is 0 or 1");
    }
  }

  /**
   * The vision transformer of CLIP and CoCa; in MOBILECLIP with timm's names and a head with bias.
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
    boolean mobile = family == Family.MOBILECLIP;
    int towers = (fastVit == null ? 0 : 1) + (hybridVit == null ? 0 : 1) + (vit == null ? 0 : 1);
    require(towers == 1, name, "expected one of fastVit, hybridVit and vit but got " + towers);
    require(mobile || vit != null, name, "fastVit and hybridVit go with MOBILECLIP");
    require((family == Family.COCA) == (decoder != null), name, "decoder goes with COCA");
    require(mobile || !text.mixerBlocks, name, "mixerBlocks go with MOBILECLIP");
    if (naming == Naming.ORIGINAL) {
      require(mobile, name, "CLIP and COCA have the naming OPEN_CLIP only");
      require(vit == null, name, "a plain vit has the naming OPEN_CLIP only");
      require(
          fastVit == null
              || fastVit.attentionNorm == AttentionNorm.BATCH && fastVit.stemScaleBranch,
          name,
          "towers like MCi3 and MCi4 have the naming OPEN_CLIP only");
    } else {
      require(
          !text.mixerBlocks,
          name,
          "a text tower with mixerBlocks (MCt) has the naming ORIGINAL only: open_clip has no such"
              + " tower");
    }
  }

  /** Reads the description of a known model, for example {@code mobileclip-nano}. */
  public static Architecture named(String name) {
    return KnownModel.named(name).architecture();
  }

  /** Reads what {@link #toJson} wrote. */
  public static Architecture parse(String json) {
    try {
      if (!(JSON.readTree(json) instanceof ObjectNode root)) {
        throw new IllegalArgumentException(
            "This is not an architecture: expected a JSON object; see models/*.json");
      }
      addDefaults(root);
      return JSON.treeToValue(root, Architecture.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "This is not an architecture: " + rootMessage(e) + "; see models/*.json", e);
    }
  }

  /** Gives members that descriptions of earlier versions lack the meaning they had. */
  private static void addDefaults(ObjectNode root) {
    boolean mobile = Family.MOBILECLIP.name().equals(root.path("family").asText());
    root.putIfAbsent("naming", text(mobile ? Naming.ORIGINAL : Naming.OPEN_CLIP));
    if (root.get("fastVit") instanceof ObjectNode fastVit) {
      fastVit.putIfAbsent("attentionNorm", text(AttentionNorm.BATCH));
      fastVit.putIfAbsent("stemScaleBranch", BooleanNode.TRUE);
    }
  }

  private static TextNode text(Enum<?> value) {
    return new TextNode(value.name());
  }

  /** A constructor's own message, without Jackson's about the class around it. */
  private static @Nullable String rootMessage(JsonProcessingException e) {
    return e.getCause() instanceof IllegalArgumentException own
        ? own.getMessage()
        : e.getOriginalMessage();
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
    return new Architecture(
        name, family, naming, embedDim, imageSize, fastVit, hybridVit, vit, sized, decoder);
  }

  /**
   * The same network with tensors of other names.
   *
   * @throws IllegalArgumentException if it does not exist in that naming
   */
  public Architecture withNaming(Naming other) {
    return new Architecture(
        name, family, other, embedDim, imageSize, fastVit, hybridVit, vit, text, decoder);
  }

  /** The same network under another name. */
  public Architecture withName(String other) {
    return new Architecture(
        other, family, naming, embedDim, imageSize, fastVit, hybridVit, vit, text, decoder);
  }

  private static void require(boolean condition, String name, String message) {
    if (!condition) {
      throw new IllegalArgumentException("Architecture '" + name + "': " + message);
    }
  }
}
