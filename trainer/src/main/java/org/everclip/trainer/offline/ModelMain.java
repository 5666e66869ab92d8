package org.everclip.trainer.offline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Refused;
import org.everclip.formats.image.RgbImage;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Quick use of a model directory: {@code embed}, {@code classify}, {@code models}. */
@Command(
    name = "everclip",
    description = "Uses a model.",
    mixinStandardHelpOptions = true,
    subcommands = {ModelMain.Embed.class, ModelMain.Classify.class, ModelMain.Models.class})
public final class ModelMain {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final int LATENCY_RUNS = 30;

  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new ModelMain())
            .setExecutionExceptionHandler(
                (problem, command, parsed) -> {
                  command.getErr().println(problem.getMessage());
                  return 1;
                })
            .execute(arguments));
  }

  /** Prints embeddings. */
  @Command(
      name = "embed",
      description = "Embeds pictures and texts.",
      mixinStandardHelpOptions = true)
  static final class Embed implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "A model directory.")
    Path model = Path.of("");

    @Option(names = "--images", arity = "1..*", description = "Picture files.")
    List<Path> images = List.of();

    @Option(names = "--texts", arity = "1..*", description = "Texts.")
    List<String> texts = List.of();

    @Option(
        names = "--json",
        description = "Print JSON: {images: {FILE: [...]}, texts: {TEXT: [...]}}.")
    boolean json;

    @Override
    public Integer call() throws IOException {
      try (ClipModel clip = ClipModel.load(model, Precision.FP32)) {
        float[][] pictures = EmbeddingModel.of(clip).images(read(images));
        float[][] captions = texts.isEmpty() ? new float[0][] : clip.encodeTexts(texts);
        if (json) {
          Map<String, Map<String, float[]>> result = new LinkedHashMap<>();
          result.put("images", named(images.stream().map(Path::toString).toList(), pictures));
          result.put("texts", named(texts, captions));
          System.out.println(JSON.writeValueAsString(result));
        } else {
          print(images.stream().map(Path::toString).toList(), pictures);
          print(texts, captions);
        }
      }
      return 0;
    }

    private static Map<String, float[]> named(List<String> names, float[][] rows) {
      Map<String, float[]> named = new LinkedHashMap<>();
      for (int i = 0; i < rows.length; i++) {
        named.put(names.get(i), rows[i]);
      }
      return named;
    }

    private static void print(List<String> names, float[][] rows) {
      for (int i = 0; i < rows.length; i++) {
        StringBuilder line = new StringBuilder(names.get(i));
        for (float value : rows[i]) {
          line.append('\t').append(value);
        }
        System.out.println(line);
      }
    }
  }

  /** Prints how likely each label is. */
  @Command(
      name = "classify",
      description = "Chooses among labels.",
      mixinStandardHelpOptions = true)
  static final class Classify implements Callable<Integer> {

    @Parameters(paramLabel = "MODEL", description = "A model directory.")
    Path model = Path.of("");

    @Option(names = "--image", required = true, description = "A picture file.")
    Path image = Path.of("");

    @Option(
        names = "--labels",
        required = true,
        split = ",",
        description = "Labels, with commas between.")
    List<String> labels = List.of();

    @Option(
        names = "--template",
        description = "Sentence around a label.",
        defaultValue = "a picture of {c}.")
    String template = "";

    @Option(names = "--json", description = "Print JSON: {LABEL: probability}.")
    boolean json;

    @Override
    public Integer call() throws IOException {
      try (ClipModel clip = ClipModel.load(model, Precision.FP32)) {
        float[] picture = EmbeddingModel.of(clip).images(read(List.of(image)))[0];
        float[][] texts =
            clip.encodeTexts(labels.stream().map(label -> template.replace("{c}", label)).toList());
        Map<String, Double> shares = shares(picture, texts, clip.logitScale());
        if (json) {
          System.out.println(JSON.writeValueAsString(shares));
        } else {
          shares.entrySet().stream()
              .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
              .forEach(e -> System.out.printf(Locale.ROOT, "%.3f\t%s%n", e.getValue(), e.getKey()));
        }
      }
      return 0;
    }

    private Map<String, Double> shares(float[] picture, float[][] texts, float scale) {
      double[] weights = new double[texts.length];
      double sum = 0;
      for (int i = 0; i < weights.length; i++) {
        // Logits are at most the scale, so that subtracting it keeps the exponential in range.
        weights[i] = Math.exp(scale * (HeldOut.dot(picture, texts[i]) - 1));
        sum += weights[i];
      }
      Map<String, Double> shares = new LinkedHashMap<>();
      for (int i = 0; i < weights.length; i++) {
        shares.put(labels.get(i), weights[i] / sum);
      }
      return shares;
    }
  }

  /** What models there are and what they cost. */
  @Command(
      name = "models",
      description = "Describes and rewrites models.",
      mixinStandardHelpOptions = true,
      subcommands = {Describe.class, Compact.class})
  static final class Models implements Callable<Integer> {

    @Override
    public Integer call() {
      Networks.names().forEach(System.out::println);
      return 0;
    }
  }

  /** Parameters and, for a directory, latency. */
  @Command(
      name = "describe",
      description = "Parameters and latency.",
      mixinStandardHelpOptions = true)
  static final class Describe implements Callable<Integer> {

    @Parameters(paramLabel = "NAME", description = "A known architecture or a model directory.")
    String name = "";

    @Override
    public Integer call() throws IOException {
      Path directory = Path.of(name);
      boolean trained = Files.isDirectory(directory);
      Architecture architecture =
          trained ? ModelDirectory.read(directory).architecture() : Architecture.named(name);
      if (architecture.text().vocabularySize() == 0) {
        architecture = architecture.withVocabularySize(4096);
      }
      Map<String, Object> facts = new LinkedHashMap<>();
      facts.put("name", architecture.name());
      facts.put("imageSize", architecture.imageSize());
      facts.put("contextLength", architecture.text().contextLength());
      facts.put("vocabularySize", architecture.text().vocabularySize());
      facts.put("embedDim", architecture.embedDim());
      facts.put("parametersTrain", count(architecture, Form.TRAIN));
      if (Networks.canBeReparameterized(architecture)) {
        facts.put("parametersRunning", count(architecture, Form.REPARAMETERIZED));
      }
      if (trained) {
        facts.put("latencyMillisP50ImageAndText", latency(directory));
        facts.put("card", ModelDirectory.read(directory).card());
      }
      System.out.println(JSON.writeValueAsString(facts));
      return 0;
    }

    private static long count(Architecture architecture, Form form) {
      Network network = Networks.create(architecture, Precision.FP32, form);
      return network.parameters().stream().mapToLong(TensorSpec::size).sum();
    }

    private static double latency(Path directory) throws IOException {
      try (ClipModel clip = ClipModel.load(directory, Precision.FP32)) {
        int size = clip.preprocessing().size();
        List<RgbImage> picture = List.of(RgbImage.filled(size, size, 0x808080));
        double[] millis = new double[LATENCY_RUNS];
        for (int i = -10; i < LATENCY_RUNS; i++) {
          long begin = System.nanoTime();
          clip.encodeImages(picture);
          clip.encodeTexts(List.of("a picture of a cat."));
          if (i >= 0) {
            millis[i] = (System.nanoTime() - begin) / 1e6;
          }
        }
        java.util.Arrays.sort(millis);
        return Math.round(millis[LATENCY_RUNS / 2] * 100) / 100.0;
      }
    }
  }

  /** Halves a model directory for shipping. */
  @Command(
      name = "compact",
      description = "Stores the weights that run as bfloat16 and drops those that train.",
      mixinStandardHelpOptions = true)
  static final class Compact implements Callable<Integer> {

    @Parameters(paramLabel = "DIR", arity = "1..*", description = "Model directories.")
    List<Path> directories = List.of();

    @Override
    public Integer call() throws IOException {
      for (Path directory : directories) {
        ModelDirectory model = ModelDirectory.read(directory);
        CompactWeights.rewrite(model.weightsFile(model.runningForm()));
        Files.deleteIfExists(directory.resolve(ModelDirectory.TRAIN_WEIGHTS));
      }
      return 0;
    }
  }

  private static List<RgbImage> read(List<Path> files) throws IOException {
    ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
    List<RgbImage> images = new ArrayList<>();
    for (Path file : files) {
      DecodeResult result = decoder.decode(Files.readAllBytes(file));
      if (result instanceof Refused refused) {
        throw new IOException(file + " cannot be used: " + refused.detail());
      }
      images.add(((Decoded) result).image());
    }
    return images;
  }
}
