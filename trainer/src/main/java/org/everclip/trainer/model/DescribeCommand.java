package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.cost.ModelCost;
import org.everclip.clip.exchange.OpenClipExport;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.formats.image.Preprocessing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code everclip models describe}: sizes, parameters, multiply-adds, latency. */
@Command(
    name = "describe",
    mixinStandardHelpOptions = true,
    description =
        "Describes a known architecture or a model: parameters and multiply-adds in the form that"
            + " trains and the one that runs, and with --measure the latency of one picture and one"
            + " text.")
final class DescribeCommand implements Callable<Integer> {

  /** For small members, whose vocabulary is learned. */
  private static final int USUAL_VOCABULARY = 4096;

  @Parameters(
      paramLabel = "NAME|DIR",
      description = "A name of 'everclip models list', a model directory or an open_clip folder.")
  private String name = "";

  @Option(
      names = "--measure",
      description = "Measure latency; weights of a known architecture are random then.")
  private boolean measure;

  @Option(
      names = "--precision",
      description = "With --measure: ${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.",
      defaultValue = "FP32")
  private Precision precision = Precision.FP32;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Mixin private Vocabulary vocabulary = new Vocabulary();

  @Override
  public Integer call() throws IOException {
    Path path = Path.of(name);
    ModelDirectory directory =
        Files.isDirectory(path) || path.getNameCount() > 1 ? ModelDirectory.read(path) : null;
    Architecture given = directory == null ? Architecture.named(name) : directory.architecture();
    Architecture architecture = sized(given);
    Map<String, Object> facts = facts(architecture, given.text().vocabularySize() == 0);
    if (directory != null) {
      facts.put("preprocessing", directory.preprocessing());
      facts.put("card", directory.card());
    }
    if (measure) {
      facts.put(
          "latency",
          directory == null
              ? Latency.ofRandomWeights(architecture, precision)
              : Latency.of(path, precision, vocabulary.given()));
    }
    if (json) {
      Json.print(facts);
    } else {
      print("", facts);
    }
    return 0;
  }

  private static Map<String, Object> facts(Architecture architecture, boolean assumed) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("name", architecture.name());
    facts.put("family", architecture.family());
    facts.put("imageSize", architecture.imageSize());
    facts.put("contextLength", architecture.text().contextLength());
    facts.put("vocabularySize", architecture.text().vocabularySize());
    if (assumed) {
      facts.put("vocabularySizeIs", "assumed; a model's own comes from its tokenizer");
    }
    facts.put("embedDim", architecture.embedDim());
    facts.put("train", ModelCost.of(architecture, Form.TRAIN));
    if (Networks.canBeReparameterized(architecture)) {
      facts.put("reparameterized", ModelCost.of(architecture, Form.REPARAMETERIZED));
    }
    facts.put(
        "openClip", OpenClipExport.refusal(architecture).map(no -> "no: " + no).orElse("yes"));
    return facts;
  }

  /** An architecture whose parameters can be counted. */
  static Architecture sized(Architecture architecture) {
    return architecture.text().vocabularySize() > 0
        ? architecture
        : architecture.withVocabularySize(USUAL_VOCABULARY);
  }

  static Form runningForm(Architecture architecture) {
    return Networks.canBeReparameterized(architecture) ? Form.REPARAMETERIZED : Form.TRAIN;
  }

  private static void print(String prefix, Map<String, ?> facts) {
    facts.forEach((name, value) -> print(prefix + name, value));
  }

  private static void print(String name, @Nullable Object value) {
    if (value instanceof ModelCost cost) {
      line(name + " parameters, image", "%,d", cost.imageParameters());
      line(name + " parameters, text", "%,d", cost.textParameters());
      if (cost.decoderParameters() > 0) {
        line(name + " parameters, decoder", "%,d", cost.decoderParameters());
      }
      line(name + " multiply-adds, image", "%,d", cost.imageMacs());
      line(name + " multiply-adds, text", "%,d", cost.textMacs());
    } else if (value instanceof Preprocessing preprocessing) {
      line(name, "%s", preprocessing.filter() + ", " + preprocessing.fit());
    } else if (value instanceof Latency.Figures latency) {
      line("latency image + text, p50", "%.2f ms", latency.millisP50ImageAndText());
      line("latency image, p50", "%.2f ms", latency.millisP50Image());
      line("latency text, p50", "%.2f ms", latency.millisP50Text());
    } else if (value instanceof Map<?, ?> nested) {
      nested.forEach((key, inner) -> print(name + " " + key, inner));
    } else {
      line(name, "%s", value);
    }
  }

  private static void line(String name, String format, @Nullable Object value) {
    System.out.printf(java.util.Locale.ROOT, "%-40s " + format + "%n", name, value);
  }
}
