package org.everclip.evaluation.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.everclip.evaluation.benchmarks.Doctor.State;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code everclip benchmarks add}: what it writes is read again, and complete. */
class AddTest {

  @TempDir Path home;
  private Path source = Path.of("");
  private Path data = Path.of("");
  private String said = "";

  @BeforeEach
  void folders() throws IOException {
    source = Files.createDirectories(home.resolve("source"));
    data = home.resolve("data");
  }

  @Test
  void aFolderForEachClass() throws Exception {
    picture("cats/1.png", 1);
    picture("cats/2.png", 2);
    picture("big_dogs/1.png", 3);
    Files.writeString(source.resolve("cats/notes.txt"), "no picture");

    assertThat(add("animals", "--folder", source.toString())).isZero();

    DatasetFolder folder = DatasetFolder.open(task("local/animals"));
    assertThat(folder.classNames()).containsExactly("big dogs", "cats");
    assertThat(labels(folder)).containsExactly(0, 1, 1);
    assertThat(new Doctor(List.of()).examine(task("local/animals"), null).state())
        .isEqualTo(State.GOOD);
  }

  @Test
  void aTableOfLabelsWithAGroup() throws Exception {
    picture("a.png", 1);
    picture("b.png", 2);
    Files.writeString(
        source.resolve("list.csv"),
        "file,kind,country\na.png,\"cup, \"\"large\"\"\",pe\nb.png,plate,in\n");

    assertThat(
            add(
                "goods",
                "--csv",
                source.resolve("list.csv").toString(),
                "--image",
                "file",
                "--label",
                "kind",
                "--group",
                "country",
                "--metric",
                "acc_worst_country"))
        .isZero();

    Task task = task("local/goods");
    assertThat(task.mainMetric()).isEqualTo("acc_worst_country");
    assertThat(((Scoring.Classification) task.scoring()).groups()).hasSize(1);
    DatasetFolder folder = DatasetFolder.open(task);
    assertThat(folder.classNames()).containsExactly("cup, \"large\"", "plate");
    folder.forEach(
        sample -> {
          var labelled = (Sample.Labelled) sample;
          assertThat(labelled.metadata()).containsExactly(labelled.label() == 0 ? 1 : 0);
        });
  }

  @Test
  void aTableOfCaptions() throws Exception {
    picture("a.png", 1);
    Files.writeString(
        source.resolve("list.tsv"), "image\ttext\na.png\tfirst, of two\na.png\tsecond\n");

    assertThat(add("pairs", "--csv", source.resolve("list.tsv").toString(), "--caption", "text"))
        .isZero();

    var captions = new ArrayList<List<String>>();
    DatasetFolder.open(task("local/pairs"))
        .forEach(sample -> captions.add(((Sample.Captioned) sample).captions()));
    assertThat(captions).containsExactly(List.of("first, of two", "second"));
  }

  @Test
  void anIdxFileAsOneOfThePublishedTasks() throws Exception {
    Path images = source.resolve("images.gz");
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(ByteBuffer.allocate(16).putInt(0x803).putInt(2).putInt(2).putInt(3).array());
      out.write(new byte[] {0, 18, 75, 1, 2, 3, 4, 5, 6, 7, 8, (byte) 255});
    }
    Files.write(images, bytes.toByteArray());
    Path labels = source.resolve("labels");
    Files.write(labels, ByteBuffer.allocate(10).putInt(0x801).putInt(2).put((byte) 1).array());
    Path classes = source.resolve("classes.txt");
    Files.writeString(classes, "zero\none\n");

    assertThat(
            add(
                "mnist",
                "--idx",
                images.toString(),
                "--labels",
                labels.toString(),
                "--classes",
                classes.toString()))
        .isZero();

    Task mnist =
        TaskCatalogue.datacomp(data).stream()
            .filter(task -> task.key().equals("mnist"))
            .findFirst()
            .orElseThrow();
    assertThat(labels(DatasetFolder.open(mnist))).containsExactly(1, 0);
    var entry = TaskCatalogue.published().stream().filter(e -> e.key().equals("mnist")).toList();
    Doctor.Finding finding = new Doctor(List.of()).examine(mnist, entry.get(0));
    assertThat(finding.state()).isEqualTo(State.DIFFERENT);
    assertThat(finding.notes()).contains("2 samples, published are 10000");
  }

  @Test
  void leavesNothingBehindWhenAPictureIsBroken() throws Exception {
    picture("cats/1.png", 1);
    Files.writeString(source.resolve("cats/2.png"), "no picture");

    assertThat(add("animals", "--folder", source.toString())).isEqualTo(1);

    assertThat(said).contains("2.png");
    try (var left = Files.list(data)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void neverOverwrites() throws Exception {
    picture("cats/1.png", 1);
    assertThat(add("animals", "--folder", source.toString())).isZero();
    assertThat(add("animals", "--folder", source.toString())).isEqualTo(1);
    assertThat(said).contains("already");
  }

  private int add(String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--to", data.toString()));
    var errors = new StringWriter();
    int code =
        new CommandLine(new AddCommand())
            .setErr(new PrintWriter(errors))
            .setExecutionExceptionHandler(
                (e, parsed, result) -> {
                  parsed.getErr().println(e.getMessage());
                  return 1;
                })
            .execute(all.toArray(String[]::new));
    said = errors.toString();
    return code;
  }

  private Task task(String key) {
    return TaskCatalogue.local(data).stream()
        .filter(task -> task.key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  private static List<Integer> labels(DatasetFolder folder)
      throws IOException, UnavailableException {
    var labels = new ArrayList<Integer>();
    folder.forEach(sample -> labels.add(((Sample.Labelled) sample).label()));
    return labels;
  }

  private void picture(String name, int grey) throws IOException {
    Path file = source.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, ImageEncoder.png(RgbImage.filled(20, 20, grey * 0x10101)));
  }
}
