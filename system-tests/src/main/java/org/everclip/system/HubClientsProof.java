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
import java.util.Objects;
import java.util.concurrent.Callable;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.formats.image.RgbImage;
import org.everclip.system.BadProxy.Fault;
import org.everclip.trainer.publish.Publication;
import org.everclip.trainer.publish.VersionWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The Hub's own clients and open_clip against a running registry. Versions are laid out as the
 * trainer does it; open_clip fetches them as {@code hf-hub:} and must embed the same files and
 * texts as EverClip does with the same version.
 */
@Command(
    name = "hub-clients-proof",
    mixinStandardHelpOptions = true,
    description = {
      "Runs huggingface_hub, @huggingface/hub and open_clip against a registry.",
      "A part whose client is not given is skipped, and says so."
    })
public final class HubClientsProof implements Callable<Integer> {

  private static final double TOLERANCE = 1e-4;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--python", description = "A Python with huggingface_hub, and open_clip if any.")
  private @Nullable String python;

  @Option(names = "--modules", description = "Folder with node_modules/@huggingface/hub.")
  private @Nullable Path modules;

  @Option(names = "--vocabulary", description = "bpe_simple_vocab_16e6.txt.gz, for open_clip.")
  private @Nullable Path vocabulary;

  private final PrintStream out = System.out;
  private boolean fine = true;

  public static void main(String[] args) {
    System.exit(new CommandLine(new HubClientsProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("hub-clients-proof");
    try (var rig = new RegistryRig(work.resolve("home"))) {
      var clients = new HubClients(rig, Files.createDirectory(work.resolve("clients")), 140);
      if (modules == null) {
        out.println("SKIPPED: @huggingface/hub; give --modules");
      } else {
        report("@huggingface/hub", clients.javaScript(modules.toAbsolutePath()));
      }
      if (python == null) {
        out.println("SKIPPED: huggingface_hub and open_clip; give --python");
      } else {
        report("huggingface_hub", clients.python(python));
        openClip(rig, python, Files.createDirectory(work.resolve("open-clip")));
      }
      out.println(fine ? "every check holds" : "A CHECK FAILED");
      return fine ? 0 : 1;
    } finally {
      ProofPictures.delete(work);
    }
  }

  private void report(String client, List<HubClients.Check> checks) {
    for (HubClients.Check check : checks) {
      fine &= check.ok();
      out.printf("%s: %s: %s%n", client, check.name(), check.ok() ? "ok" : "FAILED");
      if (!check.ok()) {
        out.println(check.detail());
      }
    }
  }

  private void openClip(RegistryRig rig, String interpreter, Path work) throws Exception {
    if (vocabulary == null) {
      out.println("SKIPPED: open_clip; give --vocabulary");
      return;
    }
    Path root = program.toAbsolutePath().normalize();
    List<Path> pictures = ProofPictures.write(root, work);
    var side = new OpenClipSide(interpreter, work, pictures, ProofPictures.TEXTS);
    if (!side.has("open_clip")) {
      out.println("SKIPPED: that Python has no open_clip");
      return;
    }
    for (OpenClipCase one : List.of(OpenClipCase.vit_tiny, OpenClipCase.MobileCLIP_S1)) {
      compare(rig, one, root, work, side, pictures);
    }
    refusal(rig, root, work);
  }

  private void compare(
      RegistryRig rig,
      OpenClipCase one,
      Path root,
      Path work,
      OpenClipSide side,
      List<Path> pictures)
      throws Exception {
    String model = one.name().toLowerCase(Locale.ROOT).replace('_', '-');
    publish(rig, one, model, root, work);
    RegistryClient client = rig.client();
    Path pulled = work.resolve(model + "-pulled");
    client.fetchTo(client.version(model, "main").orElseThrow(), pulled);
    OpenClipSide.Embeddings theirs;
    try (var proxy = new BadProxy(rig.port(), n -> Fault.NONE)) {
      Path cache = Files.createDirectory(work.resolve(model + "-cache"));
      theirs = side.embedFromHub(proxy.base().toString(), "everclip/" + model, cache);
      if (proxy.requests().isEmpty()) {
        throw new IllegalStateException("open_clip did not ask this registry");
      }
    }
    try (ClipModel ours = ClipModel.load(pulled, Precision.FP32)) {
      List<RgbImage> squares = new ArrayList<>();
      for (Path picture : pictures) {
        squares.add(ours.preprocessing().apply(ProofPictures.read(picture)));
      }
      double images = OpenClipProof.difference(ours.encodeImages(squares), theirs.images());
      double texts =
          OpenClipProof.difference(ours.encodeTexts(ProofPictures.TEXTS), theirs.texts());
      boolean same = images <= TOLERANCE && texts <= TOLERANCE;
      fine &= same;
      out.printf(
          Locale.ROOT,
          "open_clip hf-hub:everclip/%s (%s): images differ by %.1e, texts by %.1e: %s%n",
          model,
          theirs.versions(),
          images,
          texts,
          same ? "ok" : "FAILED");
    }
  }

  private void publish(RegistryRig rig, OpenClipCase one, String model, Path root, Path work)
      throws IOException {
    Architecture architecture = one.architecture(root);
    Tokenizer tokenizer =
        one.ownVocabulary()
            ? org.everclip.clip.ModelDirectory.read(one.directory(root)).tokenizer()
            : ClipVocabulary.at(Objects.requireNonNull(vocabulary)).tokenizer("The proof");
    Path tokenizerFile = work.resolve(model + "-tokenizer.json");
    Tokenizers.write(tokenizer, tokenizerFile);
    Path outbox = work.resolve(model + "-outbox");
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        Weights weights = one.weights(root, architecture, scope)) {
      new VersionWriter(outbox, tokenizerFile, one.preprocessing(root), "everclip")
          .write(
              new Publication(model, model, 1, 1, 0, Map.of(), "proof", List.of(), Map.of()),
              architecture,
              weights);
    }
    RegistryClient client = rig.client();
    Path files = outbox.resolve("round-000001/version");
    int version = client.publish(model, files, RegistryRig.draft(), model);
    client.moveAlias(model, "main", version, null, "proof", "for open_clip");
  }

  /** A version that open_clip cannot express: clean answers, and the reason in the card. */
  private void refusal(RegistryRig rig, Path root, Path work) throws Exception {
    RegistryClient client = rig.client();
    Path files = Files.createDirectory(work.resolve("nano"));
    Path teacher = root.resolve("demo/models/teacher-conv");
    for (String name : List.of("model.safetensors", "model.json", "tokenizer.json")) {
      Files.copy(teacher.resolve(name), files.resolve(name));
    }
    client.moveAlias(
        "nano", "main", client.publish("nano", files, RegistryRig.draft(), "n"), null, "proof", "");
    var http = java.net.http.HttpClient.newHttpClient();
    var answer =
        http.send(
            java.net.http.HttpRequest.newBuilder(
                    rig.base().resolve("/everclip/nano/resolve/main/open_clip_config.json"))
                .build(),
            java.net.http.HttpResponse.BodyHandlers.ofString());
    var card =
        http.send(
            java.net.http.HttpRequest.newBuilder(
                    rig.base().resolve("/everclip/nano/resolve/main/README.md"))
                .build(),
            java.net.http.HttpResponse.BodyHandlers.ofString());
    boolean clean =
        answer.statusCode() == 404
            && answer.headers().firstValue("X-Error-Code").orElse("").equals("EntryNotFound")
            && card.body().contains("open_clip cannot load this version");
    fine &= clean;
    out.println(
        "a version that open_clip cannot express: 404 and a reason: " + (clean ? "ok" : "FAILED"));
  }
}
