package org.everclip.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** open_clip in a Python of the user's, called by a small script; a process for each job. */
final class OpenClipSide {

  private static final String SCRIPT = "open_clip_side.py";
  private static final long MINUTES = 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String python;
  private final Path folder;
  private final List<Path> images;
  private final List<String> texts;

  OpenClipSide(String python, Path folder, List<Path> images, List<String> texts)
      throws IOException {
    this.python = python;
    this.folder = folder;
    this.images = images;
    this.texts = texts;
    try (InputStream script =
        Objects.requireNonNull(OpenClipSide.class.getResourceAsStream(SCRIPT))) {
      Files.write(folder.resolve(SCRIPT), script.readAllBytes());
    }
  }

  /** What open_clip made of the pictures and texts. */
  record Embeddings(float[][] images, float[][] texts, String versions) {}

  /** Embeds with the model in a folder, which open_clip loads strictly. */
  Embeddings embed(Path model) throws IOException, InterruptedException {
    return run(model, Map.of());
  }

  /** Embeds with a model that open_clip fetches from a Hub into an empty cache. */
  Embeddings embedFromHub(String endpoint, String repository, Path cache)
      throws IOException, InterruptedException {
    return run(
        cache,
        Map.of("source", "hf-hub:" + repository),
        Map.of("HF_ENDPOINT", endpoint, "HF_HOME", cache.toString()));
  }

  /**
   * Lets open_clip make a model with random weights in a folder, and embeds with it.
   *
   * @param created a name that open_clip knows, or a {@code model_cfg}
   * @param weights the name of the file, whose ending is its format
   */
  Embeddings create(Path model, Object created, Object preprocessing, String weights)
      throws IOException, InterruptedException {
    return run(
        model,
        Map.of("create", created, "preprocess_cfg", preprocessing, "weights", weights, "seed", 1));
  }

  /** Whether that Python has the module. */
  boolean has(String module) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(python, "-c", "import " + module)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(MINUTES, TimeUnit.MINUTES) && process.exitValue() == 0;
  }

  private Embeddings run(Path model, Map<String, Object> more)
      throws IOException, InterruptedException {
    // Nothing may come from the network: what is compared is what lies in the folder.
    return run(model, more, Map.of("HF_HUB_OFFLINE", "1"));
  }

  private Embeddings run(Path model, Map<String, Object> more, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path out = folder.resolve("embeddings.json");
    Path log = folder.resolve("open_clip.log");
    Files.deleteIfExists(out);
    Map<String, Object> job = new TreeMap<>(more);
    job.put("folder", model.toString());
    job.put("images", images.stream().map(Path::toString).toList());
    job.put("texts", texts);
    job.put("out", out.toString());
    Path file = folder.resolve("job.json");
    JSON.writeValue(file.toFile(), job);
    ProcessBuilder builder =
        new ProcessBuilder(python, folder.resolve(SCRIPT).toString(), file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(MINUTES, TimeUnit.MINUTES);
    if (!ended || process.exitValue() != 0) {
      process.destroyForcibly();
      throw new IOException("open_clip failed with " + model + ":\n" + Files.readString(log));
    }
    JsonNode result = JSON.readTree(out.toFile());
    return new Embeddings(
        JSON.treeToValue(result.path("images"), float[][].class),
        JSON.treeToValue(result.path("texts"), float[][].class),
        result.path("versions").asText());
  }
}
