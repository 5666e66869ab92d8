package org.everclip.formats.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class WebDatasetTest {
  @TempDir Path folder;

  private static ShardSample sample(String key, String caption) {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("jpg", new byte[] {1, 2, 3});
    members.put("txt", caption.getBytes(StandardCharsets.UTF_8));
    members.put("paug.json", "{}".getBytes(StandardCharsets.UTF_8));
    return new ShardSample(key, members);
  }

  private static List<ShardSample> readAll(Path path) throws IOException {
    List<ShardSample> samples = new ArrayList<>();
    try (WebDatasetReader reader = new WebDatasetReader(path)) {
      reader.forEach(samples::add);
    }
    return samples;
  }

  private Path write(String name, ShardSample... samples) throws IOException {
    Path path = folder.resolve(name);
    try (WebDatasetWriter writer = new WebDatasetWriter(path)) {
      for (ShardSample sample : samples) {
        writer.write(sample);
      }
    }
    return path;
  }

  @Test
  void readsWhatWasWrittenAndWritesTheSameBytesAgain() throws IOException {
    String longKey = "folder/" + "k".repeat(200);

    Path one = write("one.tar", sample("0001", "a cat"), sample(longKey, "ein Käse"));
    Path two = write("two.tar", sample("0001", "a cat"), sample(longKey, "ein Käse"));

    List<ShardSample> samples = readAll(one);
    assertThat(samples).extracting(ShardSample::key).containsExactly("0001", longKey);
    assertThat(samples.get(1).members().keySet()).containsExactly("jpg", "txt", "paug.json");
    assertThat(samples.get(1).member("txt").orElseThrow())
        .isEqualTo("ein Käse".getBytes(StandardCharsets.UTF_8));
    assertThat(samples.get(0).image()).contains(new byte[] {1, 2, 3});
    assertThat(one).hasSameBinaryContentAs(two);
  }

  @Test
  void anAbandonedShardNeverAppears() throws IOException {
    try (WebDatasetWriter writer = new WebDatasetWriter(folder.resolve("half.tar"))) {
      writer.write(sample("1", "x"));
      assertThat(folder.resolve("half.tar")).doesNotExist();
      writer.abandon();
    }
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void keysWithDotsAreRefused() throws IOException {
    assertThatThrownBy(() -> write("x.tar", sample("a.b", "x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.b");
  }

  @TestFactory
  Stream<DynamicTest> treatsHostileTarsAsTheirManifestSays() {
    return StreamSupport.stream(
            Goldens.json("hostile/manifest.json").get("tars").spliterator(), false)
        .map(row -> DynamicTest.dynamicTest(row.get("file").asText(), () -> asExpected(row)));
  }

  private static void asExpected(JsonNode row) throws IOException {
    Path path = Goldens.path("hostile/" + row.get("file").asText());
    List<ShardSample> samples = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    boolean damaged = false;
    try (WebDatasetReader reader = new WebDatasetReader(path)) {
      try {
        reader.forEach(samples::add);
      } catch (UncheckedIOException broken) {
        assertThat(broken.getCause())
            .isInstanceOf(ShardException.class)
            .hasMessageContaining(path.getFileName().toString());
        damaged = true;
      }
      skipped.addAll(reader.skipped());
    } catch (ShardException refused) {
      damaged = true;
    }
    long usable =
        samples.stream().filter(s -> s.image().isPresent() && s.member("txt").isPresent()).count();
    switch (row.get("expect").asText()) {
      case "accept" -> {
        assertThat(damaged).isFalse();
        if (row.has("samples")) {
          assertThat(usable).isEqualTo(row.get("samples").asLong());
        }
      }
      case "reject" -> {
        assertThat(usable).isZero();
        assertThat(damaged || !skipped.isEmpty()).isTrue();
      }
      default -> {
        if (row.get("reason").asText().equals("tar_path")) {
          assertThat(samples).noneMatch(s -> s.key().contains("..") || s.key().startsWith("/"));
          assertThat(skipped).isNotEmpty();
        } else if (row.get("reason").asText().matches("tar_truncated|tar_invalid")) {
          assertThat(damaged).isTrue();
        }
      }
    }
  }

  @Test
  void aCutShardGivesItsWholeSamplesAndThenSaysSo() throws IOException {
    Path path = write("s.tar", sample("a", "1"), sample("b", "2"), sample("c", "3"));
    byte[] bytes = Files.readAllBytes(path);
    Files.write(path, java.util.Arrays.copyOf(bytes, 512 * 15 + 100));

    List<String> keys = new ArrayList<>();
    try (WebDatasetReader reader = new WebDatasetReader(path)) {
      assertThatThrownBy(() -> reader.forEach(sample -> keys.add(sample.key())))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("s.tar");
    }

    assertThat(keys).containsExactly("a", "b");
  }

  @Test
  void expandsRangesChoicesAndGlobs() throws IOException {
    for (String name : new String[] {"00008", "00009", "00011", "x"}) {
      Files.createFile(folder.resolve(name + ".tar"));
    }

    assertThat(WebDatasetReader.expand(folder + "/{00008..00012}.tar"))
        .containsExactly(
            folder.resolve("00008.tar"), folder.resolve("00009.tar"), folder.resolve("00011.tar"));
    assertThat(WebDatasetReader.expand(folder + "/*.tar")).hasSize(4);
    assertThat(WebDatasetReader.expand(folder + "/{x,00009}.tar")).hasSize(2);
    assertThat(WebDatasetReader.expand(folder + "/x.tar")).hasSize(1);
    assertThatThrownBy(() -> WebDatasetReader.expand(folder + "/{1..3}.tar"))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("{1..3}");
  }

  @Test
  void expandsPatternsThatGoThroughParentFolders() throws IOException {
    Files.createDirectories(folder.resolve("a"));
    Files.createFile(folder.resolve("0.tar"));

    assertThat(WebDatasetReader.expand(folder + "/a/../*.tar")).hasSize(1);
    assertThat(WebDatasetReader.expand(folder + "/./?.tar")).hasSize(1);
  }
}
