package org.everclip.clip.exchange;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/**
 * A model in open_clip's layout: {@code open_clip_config.json}, weights in the form that trains,
 * and often a tokenizer. Read as open_clip reads it; what would compute something else here is
 * refused.
 *
 * @param weightsFile of the names that open_clip looks for, the first that exists
 */
public record OpenClipFolder(
    Path path, Architecture architecture, Preprocessing preprocessing, Path weightsFile) {

  public static final String CONFIG = "open_clip_config.json";
  public static final String WEIGHTS = "open_clip_model.safetensors";

  private static final List<String> WEIGHT_FILES =
      List.of(
          WEIGHTS,
          "open_clip_pytorch_model.safetensors",
          "open_clip_pytorch_model.bin",
          "open_clip_pytorch_model.pth",
          "model.safetensors",
          "pytorch_model.bin",
          "pytorch_model.pth",
          "model.pth");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whether the folder has open_clip's description. */
  public static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(CONFIG));
  }

  /**
   * Reads the description; the weights stay on disk.
   *
   * @throws IllegalArgumentException if the model is none of ours; the message names the member
   */
  public static OpenClipFolder read(Path folder) throws IOException {
    Path file = folder.resolve(CONFIG);
    try {
      JsonNode root = JSON.readTree(file.toFile());
      // Older folders have the model's members at the top.
      JsonNode model = root.has("model_cfg") ? root.path("model_cfg") : root;
      Architecture architecture = ModelConfig.read(model, name(folder));
      checkTokenizer(model.path("text_cfg"));
      return new OpenClipFolder(
          folder,
          architecture,
          PreprocessConfig.read(root.path("preprocess_cfg"), architecture.imageSize()),
          weightsFile(folder));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + " is not JSON: " + e.getOriginalMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  /** Reads the weights, all of them and no others; the caller closes them. */
  public Weights trainWeights(NDManager parent) throws IOException {
    try (ForeignWeights file = ForeignWeights.open(weightsFile)) {
      return file.load(architecture, parent);
    }
  }

  /** The folder's own vocabulary, else CLIP's. */
  public Tokenizer tokenizer(ClipVocabulary vocabulary) throws IOException {
    var own = Tokenizers.find(path);
    Tokenizer tokenizer =
        own.isPresent() ? own.get() : vocabulary.tokenizer("The model in " + path);
    int expected = architecture.text().vocabularySize();
    if (tokenizer.vocabularySize() != expected) {
      throw new IOException(
          "%s: %s has %d ids, but the model %d; put the model's own tokenizer.json into the folder"
              .formatted(
                  path,
                  own.isPresent() ? "its vocabulary" : "CLIP's vocabulary",
                  tokenizer.vocabularySize(),
                  expected));
    }
    return tokenizer;
  }

  /** Tokenizers clean texts by rules of their own; ours has CLIP's. */
  private static void checkTokenizer(JsonNode text) {
    JsonNode options = text.path("tokenizer_kwargs");
    if (options.isObject()) {
      Members members = new Members("text_cfg.tokenizer_kwargs", options);
      members.only("clean", "lower", "whitespace");
      members.only("strip_sep_token", false);
      members.finish();
    }
    new Members("text_cfg", text).only("tokenizer_mode", "");
  }

  private static Path weightsFile(Path folder) {
    return WEIGHT_FILES.stream()
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "there are no weights beside it; expected one of " + WEIGHT_FILES));
  }

  private static String name(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    return last == null ? "open_clip" : last.toString();
  }
}
