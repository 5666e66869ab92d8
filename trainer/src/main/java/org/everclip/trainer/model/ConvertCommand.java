package org.everclip.trainer.model;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.OpenClipExport;
import org.everclip.clip.exchange.OpenClipExport.NotExpressible;
import org.everclip.clip.exchange.OpenClipExport.Outcome;
import org.everclip.clip.exchange.OpenClipExport.Written;
import org.everclip.clip.text.Tokenizers;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code everclip convert}: weights of other programs to model directories, and back. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Converts a model. IN is a model directory, an open_clip folder, or a file of weights that"
          + " train: safetensors or a tensor dictionary of torch (.pt, .pth, .bin, also gzipped),"
          + " recognized by content; nothing in it is executed. OUT is a new folder.",
      "Loading is strict: every missing, unexpected and misshapen tensor is listed."
    },
    footer = {
      "",
      "Examples:",
      "  everclip convert mobileclip_s1.pt s1 --vocabulary bpe_simple_vocab_16e6.txt.gz",
      "  everclip convert ViT-L-14.safetensors teacher --model ViT-L-14-quickgelu --vocabulary ...",
      "  everclip convert downloaded-open-clip-folder model",
      "  everclip convert model for-open-clip --to open_clip"
    })
final class ConvertCommand implements Callable<Integer> {

  /** What is written. */
  enum Layout {
    everclip,
    open_clip
  }

  @Parameters(index = "0", paramLabel = "IN", description = "Model directory, folder or file.")
  private Path in = Path.of("");

  @Parameters(index = "1", paramLabel = "OUT", description = "A folder that is new or empty.")
  private Path out = Path.of("");

  @Option(
      names = "--model",
      paramLabel = "NAME",
      description =
          "For a file: what it is, of 'everclip models list'. Needed only where tensors do not tell,"
              + " as with ViT-L-14 and ViT-L-14-quickgelu.")
  private @Nullable String model;

  @Option(
      names = "--to",
      paramLabel = "LAYOUT",
      description =
          "everclip (default): a model directory, with the form that trains and the one that runs;"
              + " open_clip: what open_clip 3 loads by 'local-dir:OUT'.",
      defaultValue = "everclip")
  private Layout layout = Layout.everclip;

  @Option(
      names = "--repository",
      paramLabel = "NAME",
      description =
          "With --to open_clip: where a hub will have it, for the tokenizer; default everclip/NAME"
              + " of the architecture.")
  private @Nullable String repository;

  @Mixin private Vocabulary vocabulary = new Vocabulary();

  @Override
  public Integer call() throws IOException {
    if (!Files.exists(in)) {
      throw new NoSuchFileException(in.toString());
    }
    requireNew(out);
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        Convertible convertible = open(scope)) {
      System.err.println(convertible.description());
      List<String> files =
          layout == Layout.everclip ? writeDirectory(convertible) : writeOpenClip(convertible);
      files.forEach(file -> System.out.println(out.resolve(file)));
    }
    return 0;
  }

  private Convertible open(NDManager scope) throws IOException {
    if (Files.isDirectory(in)) {
      if (model != null) {
        throw new IllegalArgumentException(
            "--model is for a file of weights; a folder says itself what it is");
      }
      return Convertible.ofFolder(in, vocabulary.given(), scope);
    }
    return Convertible.ofFile(in, model, vocabulary.given(), scope);
  }

  private List<String> writeDirectory(Convertible source) throws IOException {
    Files.createDirectories(out);
    Path tokenizer = out.resolve(ModelDirectory.TOKENIZER);
    Tokenizers.write(source.tokenizer(), tokenizer);
    ModelDirectory.write(
        out,
        source.architecture(),
        source.weights(),
        tokenizer,
        source.preprocessing(),
        source.card());
    return List.of(
        ModelDirectory.DESCRIPTION,
        ModelDirectory.WEIGHTS,
        ModelDirectory.TRAIN_WEIGHTS,
        ModelDirectory.TOKENIZER);
  }

  private List<String> writeOpenClip(Convertible source) throws IOException {
    OpenClipExport.refusal(source.architecture())
        .ifPresent(
            reason -> {
              throw cannot(reason);
            });
    Files.createDirectories(out);
    Outcome outcome =
        OpenClipExport.write(
            out,
            source.architecture(),
            source.weights(),
            source.tokenizer(),
            source.preprocessing(),
            repository == null ? "everclip/" + source.architecture().name() : repository);
    if (outcome instanceof NotExpressible no) {
      throw cannot(no.reason());
    }
    return ((Written) outcome).files();
  }

  private static IllegalArgumentException cannot(String reason) {
    return new IllegalArgumentException("open_clip cannot have this model: " + reason);
  }

  private static void requireNew(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    if (Files.isDirectory(folder)) {
      try (Stream<Path> entries = Files.list(folder)) {
        if (entries.findAny().isEmpty()) {
          return;
        }
      }
    }
    throw new IllegalArgumentException(folder + " exists already; name a new folder");
  }
}
