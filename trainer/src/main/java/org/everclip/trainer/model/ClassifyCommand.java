package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.ClipModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code everclip classify}: how likely each label is, among the labels given. */
@Command(
    name = "classify",
    mixinStandardHelpOptions = true,
    description =
        "Chooses among labels: each one's probability, given that one of them is right, the"
            + " likeliest first.")
final class ClassifyCommand implements Callable<Integer> {

  private static final String PLACE = "{c}";

  @Spec private @Nullable CommandSpec spec;

  @Mixin private ChosenModel model = new ChosenModel();

  @Option(
      names = {"--image", "--images"},
      paramLabel = "FILE",
      required = true,
      arity = "1..*",
      description = "Pictures: files, folders, patterns like 'photos/*.jpg'.")
  private List<String> images = List.of();

  @Option(
      names = "--labels",
      paramLabel = "LABEL",
      required = true,
      split = ",",
      description = "At least two labels, with commas between.")
  private List<String> labels = List.of();

  @Option(
      names = "--template",
      paramLabel = "TEXT",
      description =
          "Sentence around a label, which takes the place of {c}; default '${DEFAULT-VALUE}'.",
      defaultValue = "a picture of {c}.")
  private String template = PLACE;

  @Option(
      names = "--json",
      description = "Print JSON: {LABEL: probability}; for several pictures {FILE: {LABEL: ...}}.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<String> choices =
        List.copyOf(new LinkedHashSet<>(labels.stream().map(String::strip).toList()));
    require(choices.size() >= 2 && !choices.contains(""), "--labels needs at least two labels");
    require(template.contains(PLACE), "--template needs the label's place " + PLACE);
    List<Path> files = PictureFiles.expand(images);
    PictureFiles pictures = new PictureFiles();
    Map<String, Map<String, Double>> results = new LinkedHashMap<>();
    try (ClipModel clip = model.open()) {
      float[][] texts =
          clip.encodeTexts(choices.stream().map(label -> template.replace(PLACE, label)).toList());
      for (Path file : files) {
        try {
          var square = clip.preprocessing().apply(pictures.read(file));
          float[] picture = clip.encodeImages(List.of(square))[0];
          results.put(file.toString(), shares(picture, texts, clip.logitScale(), choices));
        } catch (PictureFiles.UnusableException e) {
          System.err.println(e.getMessage());
        }
      }
    }
    if (json && files.size() > 1) {
      Json.print(results);
    } else if (json) {
      for (Map<String, Double> only : results.values()) {
        Json.print(only);
      }
    } else {
      results.forEach((file, shares) -> print(files.size() > 1 ? file + "\t" : "", shares));
    }
    return results.size() == files.size() ? 0 : 1;
  }

  private void require(boolean condition, String message) {
    if (!condition && spec != null) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static void print(String before, Map<String, Double> shares) {
    shares.forEach(
        (label, share) -> System.out.printf(Locale.ROOT, "%s%.3f\t%s%n", before, share, label));
  }

  /** Softmax of the scaled cosines, largest first. */
  private static Map<String, Double> shares(
      float[] picture, float[][] texts, float scale, List<String> labels) {
    double[] weights = new double[texts.length];
    double sum = 0;
    for (int i = 0; i < weights.length; i++) {
      double cosine = 0;
      for (int d = 0; d < picture.length; d++) {
        cosine += picture[d] * texts[i][d];
      }
      // Logits are at most the scale, so that subtracting it keeps the exponential in range.
      weights[i] = Math.exp(scale * (cosine - 1));
      sum += weights[i];
    }
    Map<String, Double> shares = new LinkedHashMap<>();
    for (int i = 0; i < weights.length; i++) {
      shares.put(labels.get(i), weights[i] / sum);
    }
    Map<String, Double> sorted = new LinkedHashMap<>();
    shares.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
    return sorted;
  }
}
