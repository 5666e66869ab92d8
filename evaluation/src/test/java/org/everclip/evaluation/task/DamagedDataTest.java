package org.everclip.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.TaskRunner;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data set that is not whole gives no figure, but a sentence that names what is wrong. */
class DamagedDataTest {

  private static final Path WHOLE = Path.of("src/test/resources/datasets/wds_tiny-shapes_test");

  @TempDir Path root;
  private Path folder = Path.of("");

  @BeforeEach
  void copyAWholeOne() throws IOException {
    folder = root.resolve("shapes");
    try (Stream<Path> files = Files.walk(WHOLE)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(WHOLE.relativize(file).toString()));
      }
    }
    assertThat(outcome()).isEqualTo("40 samples");
  }

  @Test
  void aShardThatEndsAmidASample() throws IOException {
    Path shard = folder.resolve("test/1.tar");
    byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(bytes, bytes.length / 3));
    assertThat(outcome()).contains("damaged data").contains("1.tar");
  }

  @Test
  void aShardThatIsNoTar() throws IOException {
    Files.writeString(folder.resolve("test/0.tar"), "not found");
    assertThat(outcome()).contains("0.tar");
  }

  @Test
  void aShardThatIsEmpty() throws IOException {
    Files.write(folder.resolve("test/0.tar"), new byte[0]);
    assertThat(outcome()).contains("0.tar").contains("empty");
  }

  @Test
  void aPictureThatCannotBeDecoded() throws IOException {
    rewrite(Map.of("cls", bytes("0"), "png", bytes("no picture")));
    assertThat(outcome()).contains("damaged picture of sample s0000000");
  }

  @Test
  void aSampleWithoutLabelOrPicture() throws IOException {
    rewrite(Map.of("png", bytes("x")));
    assertThat(outcome()).contains("s0000000").contains("no .cls member");
    rewrite(Map.of("cls", bytes("0")));
    assertThat(outcome()).contains("no image member");
  }

  @Test
  void aLabelBeyondTheClassNames() throws IOException {
    rewrite(Map.of("cls", bytes("4"), "png", bytes("x")));
    assertThat(outcome()).contains("label 4 is outside the 4 class names");
    rewrite(Map.of("cls", bytes("one"), "png", bytes("x")));
    assertThat(outcome()).contains("no number");
  }

  @Test
  void emptyListsAndNoSamples() throws IOException {
    Files.writeString(folder.resolve("classnames.txt"), "\n");
    assertThat(outcome()).contains("classnames.txt holds no line");
    Files.copy(
        WHOLE.resolve("classnames.txt"),
        folder.resolve("classnames.txt"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    Files.delete(folder.resolve("zeroshot_classification_templates.txt"));
    assertThat(outcome()).contains("expected").contains("templates.txt");
  }

  @Test
  void aTypeThatTheTaskIsNot() throws IOException {
    Task task = TaskCatalogue.local(root).get(0);
    Files.writeString(folder.resolve("dataset_type.txt"), "retrieval");
    assertThatThrownBy(() -> DatasetFolder.open(task))
        .hasMessageContaining("says 'retrieval', the task is classification");
  }

  @Test
  void aDescriptionThatIsNoJson() throws IOException {
    Files.writeString(folder.resolve(LocalTask.FILE), "{");
    assertThat(outcome()).contains("cannot read").contains("task.json");
  }

  private String outcome() {
    try {
      Task task = TaskCatalogue.local(root).get(0);
      return new TaskRunner(new Constant()).run(DatasetFolder.open(task)).samples() + " samples";
    } catch (UnavailableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private void rewrite(Map<String, byte[]> members) throws IOException {
    Files.writeString(folder.resolve("test/nshards.txt"), "1");
    Files.delete(folder.resolve("test/0.tar"));
    try (var writer = new WebDatasetWriter(folder.resolve("test/0.tar"))) {
      writer.write(new ShardSample("s0000000", members));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  /** Sees no difference between anything. */
  private record Constant() implements EvaluatedModel {

    @Override
    public RgbImage preprocess(RgbImage image) {
      return image;
    }

    @Override
    public float[][] encodeImages(List<RgbImage> squares) {
      return rows(squares.size());
    }

    @Override
    public float[][] encodeTexts(List<String> texts) {
      return rows(texts.size());
    }

    private static float[][] rows(int count) {
      float[][] rows = new float[count][];
      Arrays.setAll(rows, i -> new float[] {1});
      return rows;
    }

    @Override
    public void close() {}
  }
}
