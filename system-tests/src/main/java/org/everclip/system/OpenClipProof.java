package org.everclip.system;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.OpenClipExport;
import org.everclip.clip.exchange.OpenClipExport.Written;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Models in both directions between EverClip and open_clip itself, compared by what they make of
 * the same picture files and texts, each with its own decoding, preprocessing and tokenizer. What
 * EverClip writes, open_clip loads strictly; what open_clip writes, {@link ClipModel} loads.
 */
@Command(
    name = "open-clip-proof",
    mixinStandardHelpOptions = true,
    description = {
      "Exchanges models with open_clip and compares the embeddings of the same files and texts.",
      "Needs a Python with open_clip_torch 3 (--python) and CLIP's vocabulary (--vocabulary); with"
          + " transformers there, also a vocabulary of our own."
    })
public final class OpenClipProof implements Callable<Integer> {

  private static final double TOLERANCE = 1e-4;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--python", description = "A Python interpreter with open_clip.")
  private @Nullable String python;

  @Option(names = "--vocabulary", description = "bpe_simple_vocab_16e6.txt.gz.")
  private @Nullable Path vocabulary;

  @Option(names = "--models", split = ",", description = "Only these: ${COMPLETION-CANDIDATES}.")
  private List<OpenClipCase> only = List.of(OpenClipCase.values());

  private final PrintStream out = System.out;
  private boolean agreed = true;

  public static void main(String[] args) {
    System.exit(new CommandLine(new OpenClipProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    if (python == null || vocabulary == null) {
      out.println("SKIPPED: nothing was compared; give --python and --vocabulary (see --help)");
      return 0;
    }
    Path work = Files.createTempDirectory("open-clip-proof");
    try {
      Path root = program.toAbsolutePath().normalize();
      List<Path> pictures = ProofPictures.write(root, work);
      OpenClipSide side = new OpenClipSide(python, work, pictures, ProofPictures.TEXTS);
      out.println("| model | way | largest difference: images | texts | |\n|---|---|---|---|---|");
      for (OpenClipCase one : only) {
        run(one, root, work, pictures, side);
      }
      out.printf(
          "%n%s: %d pictures, %d texts, embeddings of length 1, float32, at most %.0e allowed%n",
          agreed ? "agreed" : "DISAGREED", pictures.size(), ProofPictures.TEXTS.size(), TOLERANCE);
      return agreed ? 0 : 1;
    } finally {
      ProofPictures.delete(work);
    }
  }

  private void run(OpenClipCase one, Path root, Path work, List<Path> pictures, OpenClipSide side)
      throws IOException, InterruptedException {
    ClipVocabulary clip = ClipVocabulary.at(java.util.Objects.requireNonNull(vocabulary));
    if (one.ownVocabulary() && !side.has("transformers")) {
      out.println("| " + one + " | SKIPPED: that Python has no transformers | | | |");
      return;
    }
    Path ours = Files.createDirectory(work.resolve(one + "-ours"));
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      Architecture architecture = one.architecture(root);
      Tokenizer tokenizer =
          one.ownVocabulary()
              ? ModelDirectory.read(one.directory(root)).tokenizer()
              : clip.tokenizer("The proof");
      Preprocessing preprocessing = one.preprocessing(root);
      try (Weights weights = one.weights(root, architecture, scope);
          ClipModel model =
              ClipModel.of(architecture, weights, tokenizer, preprocessing, Precision.FP32)) {
        var outcome =
            OpenClipExport.write(
                ours, architecture, weights, tokenizer, preprocessing, "everclip/proof");
        if (!(outcome instanceof Written)) {
          throw new IllegalStateException(outcome.toString());
        }
        report(one, "ours in open_clip", model, pictures, side.embed(ours));
      }
      try (ClipModel again = ClipModel.load(ours, Precision.FP32, clip)) {
        report(one, "the same folder in EverClip", again, pictures, side.embed(ours));
      }
    }
    ProofPictures.delete(ours);
    if (one.created().isPresent()) {
      Path theirs = work.resolve(one + "-theirs");
      var expected =
          side.create(theirs, one.created().get(), one.preprocessConfig(), one.weightsFile());
      try (ClipModel model = ClipModel.load(theirs, Precision.FP32, clip)) {
        report(one, "open_clip's " + one.weightsFile(), model, pictures, expected);
      }
      ProofPictures.delete(theirs);
    }
  }

  private void report(
      OpenClipCase one,
      String way,
      ClipModel model,
      List<Path> pictures,
      OpenClipSide.Embeddings expected)
      throws IOException {
    List<RgbImage> squares = new ArrayList<>();
    for (Path picture : pictures) {
      squares.add(model.preprocessing().apply(ProofPictures.read(picture)));
    }
    double images = difference(model.encodeImages(squares), expected.images());
    double texts = difference(model.encodeTexts(ProofPictures.TEXTS), expected.texts());
    boolean fine = images <= TOLERANCE && texts <= TOLERANCE;
    agreed &= fine;
    out.printf(
        Locale.ROOT,
        "| %s | %s | %.1e | %.1e | %s |%n",
        one,
        way,
        images,
        texts,
        fine ? "ok" : "DIFFERS");
  }

  static double difference(float[][] ours, float[][] theirs) {
    double largest = ours.length == theirs.length && ours.length > 0 ? 0 : Double.NaN;
    for (int row = 0; row < ours.length; row++) {
      for (int i = 0; i < ours[row].length; i++) {
        largest = Math.max(largest, Math.abs(ours[row][i] - theirs[row][i]));
      }
    }
    return largest;
  }

  /** What open_clip calls a preprocessing. */
  static Map<String, Object> plainPreprocessing() {
    return Map.of(
        "mean", List.of(0.0, 0.0, 0.0), "std", List.of(1.0, 1.0, 1.0), "interpolation", "bilinear");
  }
}
