package org.everclip.clip.exchange;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.NamedTensors;
import org.everclip.clip.weights.PositionTables;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.weights.TensorInfo;
import org.everclip.formats.weights.WeightFile;

/**
 * A file of trained weights in the form that trains, of any format that {@link WeightFile} reads
 * and of either naming. Loading is strict; only the place of the text tower's names ({@code text.}
 * or none), which open_clip itself moves, is moved here too. Used by one thread; closing frees the
 * file.
 */
public final class ForeignWeights implements AutoCloseable {

  private static final String PREFIX = "text.";
  private static final String MODULE = "module.";

  /** The text tower's names where CLIP has them without prefix. */
  private static final List<String> TEXT_TOWER =
      List.of(
          "text_projection", "positional_embedding", "token_embedding", "transformer.", "ln_final");

  /** Numbers that OpenAI's archives have beside the weights. */
  private static final Set<String> BESIDE =
      Set.of("input_resolution", "context_length", "vocab_size");

  private static final int SHOWN = 3;

  private final Path path;
  private final WeightFile file;
  private final Map<String, String> names = new LinkedHashMap<>();

  private ForeignWeights(Path path, WeightFile file) {
    this.path = path;
    this.file = file;
    for (String name : file.tensors().keySet()) {
      String bare = name.startsWith(MODULE) ? name.substring(MODULE.length()) : name;
      if (!BESIDE.contains(bare)) {
        names.put(bare, name);
      }
    }
  }

  /** Opens a weight file; the content decides what it is. */
  public static ForeignWeights open(Path path) throws IOException {
    return new ForeignWeights(path, WeightFile.open(path));
  }

  /**
   * Returns the known architecture whose tensors these are, exactly.
   *
   * @throws IllegalArgumentException if there is none, or if the weights do not tell which of
   *     several it is; the message says what to do
   */
  public Architecture identify() {
    refuseFused();
    List<Architecture> fitting = new ArrayList<>();
    Optional<Near> nearest = Optional.empty();
    for (String name : Networks.names()) {
      var architecture = sized(Architecture.named(name));
      var problems = problems(architecture);
      if (problems.isEmpty()) {
        fitting.add(architecture);
      } else {
        var near = new Near(name, problems);
        nearest =
            nearest.isEmpty() || near.compareTo(nearest.get()) < 0 ? Optional.of(near) : nearest;
      }
    }
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException(
          "%s (%s) has the tensors of no known model. %s"
              .formatted(path, dialect(), nearest.map(Near::toString).orElse("")));
    }
    if (fitting.size() > 1) {
      throw new IllegalArgumentException(
          "%s fits several models, which differ in what weights do not tell (the activation): say which by --model %s"
              .formatted(path, String.join(" or --model ", names(fitting))));
    }
    return fitting.get(0);
  }

  /**
   * The same architecture with as many token ids as these weights have, if it has no number yet.
   */
  public Architecture sized(Architecture architecture) {
    if (architecture.text().vocabularySize() > 0) {
      return architecture;
    }
    return names.entrySet().stream()
        .filter(
            entry ->
                entry.getKey().endsWith("token_embedding.weight")
                    || entry.getKey().endsWith("embedding_layer.weight"))
        .findFirst()
        .map(entry -> architecture.withVocabularySize((int) info(entry.getValue()).shape()[0]))
        // Nothing will fit; the number does not matter.
        .orElseGet(() -> architecture.withVocabularySize(1));
  }

  /**
   * Reads the weights; position tables of another image size or context length are resized.
   *
   * @throws IllegalArgumentException with every missing, unexpected and misshapen tensor
   */
  public Weights load(Architecture architecture, NDManager parent) throws IOException {
    refuseFused();
    var network = network(architecture);
    var tensors = PositionTables.resized(tensors(network), network);
    return Weights.load(path.toString(), tensors, network, parent);
  }

  /** Where the names come from, for people. */
  public String dialect() {
    if (has("image_encoder.model.patch_embed.0.rbr_conv.0.conv.weight")
        || has("image_encoder.model.patch_emb.0.block.conv.weight")) {
      return "names of the first MobileCLIP publication";
    }
    if (names.keySet().stream().anyMatch(name -> name.startsWith("visual.trunk."))) {
      return "names of open_clip with a timm tower";
    }
    if (has("text_decoder.text_projection")) {
      return "names of open_clip's CoCa";
    }
    if (has("visual.conv1.weight")) {
      return "names of CLIP";
    }
    return "unknown names such as "
        + String.join(", ", names.keySet().stream().limit(SHOWN).toList());
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void refuseFused() {
    names.keySet().stream()
        .filter(name -> name.contains("reparam"))
        .findFirst()
        .ifPresent(
            name -> {
              throw new IllegalArgumentException(
                  path
                      + " is reparameterized (it has '"
                      + name
                      + "'): branches cannot be unfolded; convert the weights it was made from");
            });
  }

  private List<String> problems(Architecture architecture) {
    var network = network(architecture);
    return Weights.problems(tensors(network), network);
  }

  private static Network network(Architecture architecture) {
    return Networks.create(architecture, Precision.FP32, Form.TRAIN);
  }

  /** The tensors under the names that the network has for them. */
  private NamedTensors tensors(Network network) {
    boolean prefixed =
        network.parameters().stream()
            .anyMatch(spec -> spec.name().equals(PREFIX + "token_embedding.weight"));
    Map<String, String> renamed = new LinkedHashMap<>();
    names.forEach((name, inFile) -> renamed.put(placed(name, prefixed), inFile));
    return new NamedTensors() {
      @Override
      public Map<String, TensorInfo> tensors() {
        Map<String, TensorInfo> tensors = new LinkedHashMap<>();
        renamed.forEach((name, inFile) -> tensors.put(name, shaped(name, info(inFile))));
        return tensors;
      }

      @Override
      public float[] floats(String name) throws IOException {
        return file.floats(Objects.requireNonNull(renamed.get(name)));
      }

      @Override
      public long[] longs(String name) throws IOException {
        return file.longs(Objects.requireNonNull(renamed.get(name)));
      }
    };
  }

  private static String placed(String name, boolean prefixed) {
    String bare = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    boolean ofTextTower = TEXT_TOWER.stream().anyMatch(bare::startsWith);
    return ofTextTower ? (prefixed ? PREFIX + bare : bare) : name;
  }

  private boolean has(String name) {
    return names.containsKey(name);
  }

  private TensorInfo info(String inFile) {
    return Objects.requireNonNull(file.tensors().get(inFile));
  }

  /** Some programs store the scale as a list of one number. */
  private static TensorInfo shaped(String name, TensorInfo info) {
    return name.equals("logit_scale") && info.elements() == 1
        ? new TensorInfo(name, info.dtype(), new long[0], info.offset(), info.length())
        : info;
  }

  private static List<String> names(List<Architecture> architectures) {
    return architectures.stream().map(Architecture::name).toList();
  }

  private record Near(String name, List<String> problems) implements Comparable<Near> {

    @Override
    public int compareTo(Near other) {
      return Comparator.<Near>comparingInt(near -> near.problems.size()).compare(this, other);
    }

    @Override
    public String toString() {
      return "Nearest is '%s', which differs in %d tensors: %s%s; --model %s lists all."
          .formatted(
              name,
              problems.size(),
              String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size()))),
              problems.size() > SHOWN ? "; ..." : "",
              name);
    }
  }
}
