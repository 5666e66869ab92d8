package org.everclip.trainer.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelMainTest {

  @TempDir Path folder;

  private String output = "";
  private String error = "";

  @BeforeEach
  void makeAModelAndPictures() throws IOException {
    makeModel("vit-nano-teacher", folder.resolve("model"));
    Files.createDirectory(folder.resolve("pictures"));
    Files.write(
        folder.resolve("pictures/red.png"), ImageEncoder.png(RgbImage.filled(70, 50, 0xff0000)));
    Files.write(
        folder.resolve("pictures/blue.png"), ImageEncoder.png(RgbImage.filled(50, 70, 0x0000ff)));
    Files.writeString(folder.resolve("pictures/notes.txt"), "no picture");
  }

  @Test
  void embedsFoldersPatternsAndTexts() throws IOException {
    int exit =
        run(
            "embed",
            path("model"),
            "--json",
            "--images",
            path("pictures"),
            path("pictures/r*.png"),
            "--texts",
            "a red ball");

    assertThat(exit).isZero();
    JsonNode json = new ObjectMapper().readTree(output);
    assertThat(json.path("images").fieldNames())
        .toIterable()
        .containsExactly(path("pictures/blue.png"), path("pictures/red.png"));
    assertThat(json.path("texts").path("a red ball")).hasSize(128);
  }

  @Test
  void anUnusablePictureIsNamedAndTheOthersAreEmbedded() throws IOException {
    Files.writeString(folder.resolve("pictures/broken.png"), "nothing");

    int exit = run("embed", path("model"), "--images", path("pictures"));

    assertThat(exit).isOne();
    assertThat(output.lines().map(line -> line.split("\t", 2)[0]))
        .containsExactly(path("pictures/blue.png"), path("pictures/red.png"));
  }

  @Test
  void wrongUsageAndMissingFilesAreExplained() {
    assertThat(run("embed", path("model"))).isEqualTo(2);
    assertThat(error).contains("nothing to embed");
    assertThat(run("embed", path("model"), "--images", path("none.png"))).isOne();
    assertThat(error).contains("there is no such picture");
    assertThat(run("embed", path("none"), "--texts", "a")).isOne();
    assertThat(error).contains("there is no such folder");
    assertThat(run("embed", path("pictures"), "--texts", "a")).isOne();
    assertThat(error).contains("neither model.json nor open_clip_config.json");
    assertThat(run("models", "describe", "mobileclip_s9")).isOne();
    assertThat(error).contains("mobileclip_s2");
  }

  @Test
  void classifiesWithSharesThatSumToOne() throws IOException {
    int exit =
        run(
            "classify",
            path("model"),
            "--json",
            "--image",
            path("pictures/red.png"),
            "--labels",
            "cat, ball,red");

    assertThat(exit).isZero();
    JsonNode shares = new ObjectMapper().readTree(output);
    assertThat(shares.fieldNames()).toIterable().containsExactlyInAnyOrder("cat", "ball", "red");
    double sum = 0;
    for (JsonNode share : shares) {
      sum += share.asDouble();
    }
    assertThat(sum).isCloseTo(1, within(1e-9));
  }

  @Test
  void aModelGoesToOpenClipAndBack() throws IOException {
    assertThat(run("convert", path("model"), path("theirs"), "--to", "open_clip")).isZero();
    assertThat(output).contains(path("theirs/open_clip_config.json"));
    assertThat(run("convert", path("theirs"), path("again"))).isZero();
    assertThat(run("convert", path("theirs/open_clip_model.safetensors"), path("file"))).isZero();
    assertThat(error).contains("vit-nano-teacher, names of CLIP");

    String original = embedding("model");
    assertThat(embedding("theirs")).isEqualTo(original);
    assertThat(embedding("again")).isEqualTo(original);
    assertThat(embedding("file")).isEqualTo(original);
  }

  @Test
  void conversionsThatCannotBeAreExplained() throws IOException {
    makeModel("mobileclip-nano", folder.resolve("nano"));

    assertThat(run("convert", path("nano"), path("out"), "--to", "open_clip")).isOne();
    assertThat(error).contains("open_clip cannot have this model", "MCt");
    assertThat(folder.resolve("out")).doesNotExist();
    assertThat(run("convert", path("model"), path("pictures"))).isOne();
    assertThat(error).contains("exists already");
    assertThat(run("convert", path("pictures/notes.txt"), path("out"))).isOne();
    assertThat(run("convert", path("model/model.safetensors"), path("out"), "--model", "coca-nano"))
        .isOne();
    assertThat(error).contains("missing text.cls_emb", "unexpected");
  }

  @Test
  void describesWhatModelsCost() throws IOException {
    assertThat(run("models", "describe", "mobileclip_s1", "--json")).isZero();
    JsonNode json = new ObjectMapper().readTree(output);
    assertThat(json.path("reparameterized").path("imageMacs").asLong()).isEqualTo(4_658_266_112L);
    assertThat(run("models", "describe", path("model"), "--measure")).isZero();
    assertThat(output).contains("latency image + text, p50", "embedDim");
    assertThat(run("models", "list")).isZero();
    assertThat(output.lines()).hasSize(Networks.names().size() + 1);
  }

  private String embedding(String model) {
    assertThat(run("embed", path(model), "--texts", "a red ball")).isZero();
    return output;
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private int run(String... arguments) {
    PrintStream out = System.out;
    PrintStream err = System.err;
    var captured = new ByteArrayOutputStream();
    var complaints = new ByteArrayOutputStream();
    var messages = new StringWriter();
    try (var print = new PrintStream(captured, true, UTF_8);
        var complain = new PrintStream(complaints, true, UTF_8)) {
      System.setOut(print);
      System.setErr(complain);
      return ModelMain.commandLine().setErr(new PrintWriter(messages)).execute(arguments);
    } finally {
      System.setOut(out);
      System.setErr(err);
      output = captured.toString(UTF_8);
      error = messages + complaints.toString(UTF_8);
    }
  }

  private static void makeModel(String name, Path directory) throws IOException {
    var tokenizer = Tokenizers.train(List.of("a red ball", "a cat", "a red cat"), 530);
    Files.createDirectories(directory);
    Path file = directory.resolve(ModelDirectory.TOKENIZER);
    Tokenizers.write(tokenizer, file);
    var architecture = Architecture.named(name).withVocabularySize(tokenizer.vocabularySize());
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (var manager = NDManager.newBaseManager("PyTorch");
        var weights = Weights.initialize(network, manager, 1)) {
      ModelDirectory.write(
          directory, architecture, weights, file, Preprocessing.openAi(64), Map.of());
    }
  }
}
