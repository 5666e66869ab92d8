package org.everclip.clip.exchange;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Naming;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Namings;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.AtomicFile;
import org.everclip.formats.image.Preprocessing;

/**
 * Writes a model as open_clip loads it (3.x, strict): {@code open_clip_config.json} and {@code
 * open_clip_model.safetensors} in the form that trains and open_clip's names. A vocabulary of our
 * own travels as {@code tokenizer.json} with {@code tokenizer_config.json}, which open_clip reads
 * by transformers; CLIP's it has itself. open_clip differs in texts that spell out a special token
 * (it takes it for one) and in pictures with transparency or EXIF rotation (it ignores both).
 */
public final class OpenClipExport {

  private static final ObjectMapper JSON = new ObjectMapper();

  private OpenClipExport() {}

  /** What became of an export. */
  public sealed interface Outcome {}

  /**
   * The files are there.
   *
   * @param files their names in the folder
   */
  public record Written(List<String> files) implements Outcome {
    public Written {
      files = List.copyOf(files);
    }
  }

  /** open_clip has no such network or tokenizer; nothing was written. */
  public record NotExpressible(String reason) implements Outcome {}

  /** Why open_clip has no such network, if so; no weights are needed to ask. */
  public static Optional<String> refusal(Architecture architecture) {
    return ModelConfigWriter.refusal(architecture);
  }

  /**
   * Writes the model into an existing folder; files of these names are replaced.
   *
   * @param train in the form that trains, in either naming
   * @param repository under which consumers will find the folder on a hub, such as {@code
   *     everclip/student}: where they look for the tokenizer
   */
  public static Outcome write(
      Path folder,
      Architecture architecture,
      Weights train,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      String repository)
      throws IOException {
    var refusal = refusal(architecture);
    if (refusal.isPresent()) {
      return new NotExpressible(refusal.get());
    }
    List<String> files = new ArrayList<>();
    ObjectNode model = ModelConfigWriter.write(architecture);
    if (!Tokenizers.isClip(tokenizer)) {
      String name = "tokenizer_config.json";
      try {
        int context = architecture.text().contextLength();
        Tokenizers.writeHubConfig(tokenizer, context, folder.resolve(name));
      } catch (IllegalArgumentException e) {
        return new NotExpressible(String.valueOf(e.getMessage()));
      }
      files.add(name);
      ObjectNode text = (ObjectNode) model.path("text_cfg");
      text.put("hf_tokenizer_name", repository);
      text.putObject("tokenizer_kwargs").put("clean", "lower");
    }
    files.add("tokenizer.json");
    Tokenizers.write(tokenizer, folder.resolve("tokenizer.json"));
    files.add(OpenClipFolder.WEIGHTS);
    save(architecture, train, folder.resolve(OpenClipFolder.WEIGHTS));
    // Last, so that a folder that has a description is whole.
    ObjectNode root = JSON.createObjectNode();
    root.set("model_cfg", model);
    root.set("preprocess_cfg", PreprocessConfig.write(preprocessing));
    Path aside = AtomicFile.aside(folder.resolve(OpenClipFolder.CONFIG));
    Files.writeString(aside, root.toPrettyString() + "\n");
    AtomicFile.publish(aside, folder.resolve(OpenClipFolder.CONFIG));
    files.add(OpenClipFolder.CONFIG);
    return new Written(files);
  }

  private static void save(Architecture architecture, Weights train, Path file) throws IOException {
    var metadata = Map.of("format", "pt", "model", architecture.name());
    if (architecture.family() != Family.MOBILECLIP || architecture.naming() == Naming.OPEN_CLIP) {
      train.save(file, metadata);
      return;
    }
    var target = architecture.withNaming(Naming.OPEN_CLIP);
    try (var scope = NDManager.newBaseManager("PyTorch");
        var renamed = Namings.convert(architecture, train, target, scope)) {
      renamed.save(file, metadata);
    }
  }
}
