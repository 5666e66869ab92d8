package org.everclip.clip;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/**
 * A model on disk: {@code model.json} (architecture, preprocessing, card), {@code
 * model.safetensors} (the form that runs), {@code train.safetensors} (the form that trains) and
 * {@code tokenizer.json}.
 *
 * @param card free facts about the model, such as licence and origin
 */
public record ModelDirectory(
    Path path, Architecture architecture, Preprocessing preprocessing, Map<String, Object> card) {

  public static final String DESCRIPTION = "model.json";
  public static final String WEIGHTS = "model.safetensors";
  public static final String TRAIN_WEIGHTS = "train.safetensors";
  public static final String TOKENIZER = "tokenizer.json";

  private static final String FORMAT = "everclip-model/1";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  public ModelDirectory {
    card = Map.copyOf(card);
  }

  /**
   * Reads the description; the weights stay on disk.
   *
   * @throws IllegalArgumentException if this is not a model directory of a known format
   */
  public static ModelDirectory read(Path directory) throws IOException {
    var file = directory.resolve(DESCRIPTION);
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          directory + " is not a model directory: it has no " + DESCRIPTION);
    }
    try {
      JsonNode root = JSON.readTree(file.toFile());
      if (!FORMAT.equals(root.path("format").asText())) {
        throw new IllegalArgumentException(
            file + ": expected format " + FORMAT + " but it is " + root.path("format"));
      }
      return new ModelDirectory(
          directory,
          Architecture.parse(root.path("architecture").toString()),
          JSON.treeToValue(root.path("preprocessing"), Preprocessing.class),
          JSON.convertValue(root.path("card"), new TypeReference<Map<String, Object>>() {}));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + " is not valid: " + e.getOriginalMessage(), e);
    }
  }

  /** Writes all files; the description comes last, so that a directory that has one is whole. */
  public static ModelDirectory write(
      Path directory,
      Architecture architecture,
      Weights train,
      Path tokenizerJson,
      Preprocessing preprocessing,
      Map<String, Object> card)
      throws IOException {
    Files.createDirectories(directory);
    Files.deleteIfExists(directory.resolve(DESCRIPTION));
    var metadata = Map.of("format", "pt", "model", architecture.name());
    var trainFile = directory.resolve(TRAIN_WEIGHTS);
    train.save(trainFile, metadata);
    var runFile = directory.resolve(WEIGHTS);
    if (Networks.canBeReparameterized(architecture)) {
      try (var folded = Reparameterizer.reparameterize(architecture, train, train.manager())) {
        folded.save(runFile, metadata);
      }
    } else {
      Files.copy(trainFile, runFile, StandardCopyOption.REPLACE_EXISTING);
    }
    var tokenizerFile = directory.resolve(TOKENIZER);
    if (!tokenizerFile.toAbsolutePath().equals(tokenizerJson.toAbsolutePath())) {
      Files.copy(tokenizerJson, tokenizerFile, StandardCopyOption.REPLACE_EXISTING);
    }
    var root = JSON.createObjectNode();
    root.put("format", FORMAT);
    root.set("architecture", JSON.readTree(architecture.toJson()));
    root.set("preprocessing", JSON.valueToTree(preprocessing));
    root.put("tokenizer", TOKENIZER);
    root.set("card", JSON.valueToTree(card));
    Files.writeString(directory.resolve(DESCRIPTION), JSON.writeValueAsString(root) + "\n");
    return new ModelDirectory(directory, architecture, preprocessing, card);
  }

  /** The form in which {@link #WEIGHTS} is stored. */
  public Form runningForm() {
    return Networks.canBeReparameterized(architecture) ? Form.REPARAMETERIZED : Form.TRAIN;
  }

  public Path weightsFile(Form form) {
    return path.resolve(form == runningForm() ? WEIGHTS : TRAIN_WEIGHTS);
  }

  /** Reads the weights to be trained further; the caller closes them. */
  public Weights trainWeights(NDManager parent) throws IOException {
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    return Weights.load(path.resolve(TRAIN_WEIGHTS), network, parent);
  }

  public Path tokenizerFile() {
    return path.resolve(TOKENIZER);
  }

  public Tokenizer tokenizer() throws IOException {
    return Tokenizers.load(tokenizerFile());
  }
}
