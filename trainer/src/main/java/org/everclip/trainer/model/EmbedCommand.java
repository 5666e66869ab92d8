package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.everclip.clip.ClipModel;
import org.everclip.formats.image.RgbImage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code everclip embed}: pictures and texts to unit vectors. */
@Command(
    name = "embed",
    mixinStandardHelpOptions = true,
    description =
        "Embeds pictures and texts into the model's joint space, as vectors of length 1: a line"
            + " each, name and values with tabs between. A picture that cannot be used is named"
            + " on standard error, and the exit code is 1.")
final class EmbedCommand implements Callable<Integer> {

  private static final int GROUP = 32;

  @Spec private @Nullable CommandSpec spec;

  @Mixin private ChosenModel model = new ChosenModel();

  @Option(
      names = {"--images", "--image"},
      paramLabel = "FILE",
      arity = "1..*",
      description = "Pictures: files, folders, patterns like 'photos/*.jpg'.")
  private List<String> images = List.of();

  @Option(
      names = {"--texts", "--text"},
      paramLabel = "TEXT",
      arity = "1..*",
      description = "Texts.")
  private List<String> texts = List.of();

  @Option(
      names = "--json",
      description = "Print JSON: {images: {FILE: [...]}, texts: {TEXT: [...]}}.")
  private boolean json;

  private boolean complete = true;

  @Override
  public Integer call() throws IOException {
    if (images.isEmpty() && texts.isEmpty() && spec != null) {
      throw new ParameterException(
          spec.commandLine(), "There is nothing to embed: give --images, --texts or both");
    }
    List<Path> files = PictureFiles.expand(images);
    try (ClipModel clip = model.open()) {
      if (json) {
        Map<String, Map<String, float[]>> result = new LinkedHashMap<>();
        result.put("images", new LinkedHashMap<>());
        result.put("texts", new LinkedHashMap<>());
        embedImages(clip, files, result.get("images")::put);
        embedTexts(clip, result.get("texts")::put);
        Json.print(result);
      } else {
        embedImages(clip, files, EmbedCommand::print);
        embedTexts(clip, EmbedCommand::print);
      }
    }
    return complete ? 0 : 1;
  }

  private void embedImages(ClipModel clip, List<Path> files, BiConsumer<String, float[]> results)
      throws IOException {
    PictureFiles pictures = new PictureFiles();
    for (List<Path> group : PictureFiles.groups(files, GROUP)) {
      List<String> names = new ArrayList<>();
      List<RgbImage> squares = new ArrayList<>();
      for (Path file : group) {
        try {
          squares.add(clip.preprocessing().apply(pictures.read(file)));
          names.add(file.toString());
        } catch (PictureFiles.UnusableException e) {
          System.err.println(e.getMessage());
          complete = false;
        }
      }
      float[][] rows = clip.encodeImages(squares);
      for (int i = 0; i < rows.length; i++) {
        results.accept(names.get(i), rows[i]);
      }
    }
  }

  private void embedTexts(ClipModel clip, BiConsumer<String, float[]> results) {
    float[][] rows = clip.encodeTexts(texts);
    for (int i = 0; i < rows.length; i++) {
      results.accept(texts.get(i), rows[i]);
    }
  }

  private static void print(String name, float[] row) {
    StringBuilder line = new StringBuilder(name.replaceAll("[\t\n\r]", " "));
    for (float value : row) {
      line.append('\t').append(value);
    }
    System.out.println(line);
  }
}
