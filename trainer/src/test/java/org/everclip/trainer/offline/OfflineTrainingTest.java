package org.everclip.trainer.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.trainer.model.ModelMain;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OfflineTrainingTest {

  private static final List<String> COLOURS =
      List.of("red", "green", "blue", "black", "white", "yellow", "pink", "grey");
  private static final int[] RGB = {
    0xff0000, 0x00ff00, 0x0000ff, 0x000000, 0xffffff, 0xffff00, 0xff80c0, 0x808080
  };

  @TempDir Path folder;

  @BeforeEach
  void writeAShard() throws IOException {
    try (WebDatasetWriter writer = new WebDatasetWriter(folder.resolve("000000.tar"))) {
      for (int i = 0; i < RGB.length; i++) {
        String license = i < 6 ? "MIT" : "GPL-3.0-or-later";
        Map<String, byte[]> members = new LinkedHashMap<>();
        members.put("png", ImageEncoder.png(RgbImage.filled(70, 50, RGB[i])));
        members.put("txt", bytes("a " + COLOURS.get(i) + " square"));
        members.put(
            "json",
            bytes(
                """
                {"license": "%s", "caption_field": "title", "lang": "en", "concept": "%s",
                 "category": "colours", "keywords": ["%s", "colour", "plain"],
                 "other_captions": [{"field": "filename", "text": "%s_square_01.svg", "lang": "en"}]}
                """
                    .formatted(license, i, COLOURS.get(i), COLOURS.get(i))));
        writer.write(new ShardSample("s" + i, members));
      }
    }
  }

  @Test
  void writesAModelDirectoryThatEmbeds() throws IOException {
    Path out = folder.resolve("model");

    int exit = train(out, "--objective", "clip", "--captions", "multi");

    assertThat(exit).isZero();
    assertThat(Files.readAllLines(out.resolve("curves.csv"))).hasSize(4);
    try (ClipModel model = ClipModel.load(out, Precision.FP32)) {
      assertThat(model.encodeTexts(List.of("a red square"))[0]).hasSize(model.embedDim());
    }
  }

  @Test
  void trainingWithATeacherAndCompactingKeepTheModelUsable() throws IOException {
    Path teacher = folder.resolve("teacher");
    Path student = folder.resolve("student");
    train(teacher, "--objective", "clip");

    int exit =
        train(
            student, "--objective", "reinforced", "--teacher", teacher.toString(), "--lambda", "1");
    float[] before = embedding(student);
    long size = Files.size(student.resolve("model.safetensors"));
    ModelMain.commandLine().execute("models", "compact", student.toString());

    assertThat(exit).isZero();
    assertThat(Files.size(student.resolve("model.safetensors"))).isLessThan(size * 6 / 10);
    assertThat(HeldOut.dot(before, embedding(student))).isGreaterThan(0.999);
  }

  @Test
  void goesOnFromAModel() throws IOException {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    train(first, "--objective", "clip");

    int exit =
        train(
            second,
            "--objective",
            "clip",
            "--init-from",
            first.toString(),
            "--tokenizer",
            first.resolve("tokenizer.json").toString(),
            "--lr",
            "1e-9");

    assertThat(exit).isZero();
    assertThat(HeldOut.dot(embedding(first), embedding(second))).isGreaterThan(0.9999);
  }

  @Test
  void readsOnlyPermissiveSamplesIfAsked() throws IOException {
    List<String> shards = List.of(folder.toString());

    assertThat(DescribedSet.read(shards, 64, true)).hasSize(6);
    Described sample = DescribedSet.read(shards, 64, false).get(7);
    assertThat(sample.texts()).containsExactly("a grey square", "grey square 01");
    assertThat(sample.targets()).containsExactly("a grey square");
    assertThat(sample.image().width()).isEqualTo(64);
    assertThat(sample.image().height()).isEqualTo(64);
  }

  @Test
  void refusesWrongOptionsWithUsage() {
    assertThat(train(folder.resolve("x"), "--objective", "magic")).isEqualTo(2);
    assertThat(train(folder.resolve("x"), "--objective", "reinforced")).isEqualTo(2);
    assertThat(train(folder.resolve("x"), "--init-from", "a", "--init-image-from", "b"))
        .isEqualTo(2);
  }

  private int train(Path out, String... more) {
    CommandLine command = new CommandLine(new TrainMain());
    String[] common = {
      "--data",
      folder.resolve("000000.tar").toString(),
      "--model",
      "vit-nano-teacher",
      "--steps",
      "3",
      "--batch",
      "4",
      "--vocabulary-size",
      "560",
      "--warmup",
      "1",
      "--out",
      out.toString()
    };
    String[] all = new String[common.length + more.length];
    System.arraycopy(common, 0, all, 0, common.length);
    System.arraycopy(more, 0, all, common.length, more.length);
    return command.execute(all);
  }

  private static float[] embedding(Path model) throws IOException {
    try (ClipModel clip = ClipModel.load(model, Precision.FP32)) {
      return clip.encodeTexts(List.of("a blue square"))[0];
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
