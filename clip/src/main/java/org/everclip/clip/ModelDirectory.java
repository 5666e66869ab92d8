package org.everclip.clip;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.clip.exchange.OpenClipFolder;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/**
 * A model on disk: {@code model.json} (architecture, preprocessing, card), {@code
 * model.safetensors} (the form that runs), {@code train.safetensors} (the form that trains) and
 * {@code tokenizer.json}. A folder in open_clip's layout, without {@code model.json}, is read too;
 * see {@link OpenClipFolder}.
 *
 * @param card free facts about the model, such as licence and origin
 */
public record ModelDirectory(
    Path path, Architecture architecture, Preprocessing preprocessing, Map<String, Object> card) {

  public static final String DESCRIPTION = "model.json";
  public static final String WEIGHTS = "model.safetensors";
  public static final String TRAIN_WEIGHTS = "train.safetensors";
  public static final String TOKENIZER = "tokenizer.json";

  static final String FORMAT = "everclip-model/1";
  private static final ObjectMapper JSON = new ObjectMapper();

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
      if (OpenClipFolder.is(directory)) {
        var folder = OpenClipFolder.read(directory);
        return new ModelDirectory(
            directory, folder.architecture(), folder.preprocessing(), Map.of());
      }
      throw new IllegalArgumentException(
          "%s is not a model: %s"
              .formatted(
                  directory,
                  Files.isDirectory(directory)
                      ? "it has neither " + DESCRIPTION + " nor " + OpenClipFolder.CONFIG
                      : "there is no such folder"));
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

  /**
   * Writes all files; a directory of that name is replaced, but for files of other names. Readers
   * see the old model, none, or the new one: what was written in part has no description.
   */
  public static ModelDirectory write(
      Path directory,
      Architecture architecture,
      Weights train,
      Path tokenizerJson,
      Preprocessing preprocessing,
      Map<String, Object> card)
      throws IOException {
    ModelWriter.write(directory, architecture, train, tokenizerJson, preprocessing, card);
    return new ModelDirectory(directory, architecture, preprocessing, card);
  }

  /** The form in which {@link #WEIGHTS} is stored. */
  public Form runningForm() {
    return Networks.canBeReparameterized(architecture) ? Form.REPARAMETERIZED : Form.TRAIN;
  }

  public Path weightsFile(Form form) {
    return path.resolve(form == runningForm() ? WEIGHTS : TRAIN_WEIGHTS);
  }

  /** The file that {@link #runningWeights} reads; its content stands for the model. */
  public Path runningFile() throws IOException {
    return isOpenClip() ? OpenClipFolder.read(path).weightsFile() : path.resolve(WEIGHTS);
  }

  /** Reads the weights in {@link #runningForm}; the caller closes them. */
  public Weights runningWeights(NDManager parent) throws IOException {
    if (!isOpenClip()) {
      var network = Networks.create(architecture, Precision.FP32, runningForm());
      return Weights.load(path.resolve(WEIGHTS), network, parent);
    }
    var train = trainWeights(parent);
    if (!Networks.canBeReparameterized(architecture)) {
      return train;
    }
    try (train) {
      return Reparameterizer.reparameterize(architecture, train, parent);
    }
  }

  /** Reads the weights to be trained further; the caller closes them. */
  public Weights trainWeights(NDManager parent) throws IOException {
    if (isOpenClip()) {
      return OpenClipFolder.read(path).trainWeights(parent);
    }
    var file = path.resolve(TRAIN_WEIGHTS);
    if (!Files.exists(file)) {
      if (runningForm() != Form.TRAIN) {
        throw new NoSuchFileException(
            file.toString(), null, "only the form that runs is here; it cannot be trained further");
      }
      file = path.resolve(WEIGHTS);
    }
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    return Weights.load(file, network, parent);
  }

  public Path tokenizerFile() {
    return path.resolve(TOKENIZER);
  }

  public Tokenizer tokenizer() throws IOException {
    return tokenizer(ClipVocabulary.supplied());
  }

  /**
   * Reads the model's tokenizer.
   *
   * @param vocabulary for a folder of open_clip that brings none
   */
  public Tokenizer tokenizer(ClipVocabulary vocabulary) throws IOException {
    return isOpenClip()
        ? OpenClipFolder.read(path).tokenizer(vocabulary)
        : Tokenizers.load(tokenizerFile());
  }

  private boolean isOpenClip() {
    return !Files.exists(path.resolve(DESCRIPTION)) && OpenClipFolder.is(path);
  }
}
