package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.formats.image.ImageEncoder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationHashesTest {

  @TempDir Path folder;

  private EvaluationHashes written() throws IOException {
    Path set = Files.createDirectories(folder.resolve("benchmark/test"));
    Files.write(set.resolve("one.png"), Pictures.drawing(1));
    Files.write(set.resolve("two.png"), Pictures.drawing(2));
    Files.writeString(set.resolve("classnames.txt"), "a\nb\n");
    var pictures = new EvaluationPictures(512);
    pictures.add(folder.resolve("benchmark"));
    pictures.add(Pictures.hostileFile("tars/ok.tar"));
    assertThat(pictures.skipped()).isEmpty();
    assertThat(pictures.entries()).hasSize(5);
    EvaluationHashes.write(folder.resolve("hashes.tsv"), pictures.entries());
    return EvaluationHashes.load(folder.resolve("hashes.tsv"));
  }

  @Test
  void aPictureOfAnEvaluationSetIsRefusedThoughItWasEncodedAgain() throws IOException {
    EvaluationHashes hashes = written();
    var config = GateDriver.config(folder);
    var inspector = new Inspector(config.limits(), config.gate(), hashes);
    byte[] again = ImageEncoder.jpeg(Pictures.pixels(2), 0.8f);

    Inspection copy = inspect(inspector, again);
    Inspection other = inspect(inspector, Pictures.drawing(3));

    assertThat(copy)
        .isInstanceOfSatisfying(
            Inspection.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(RejectionReason.CONTAMINATED_EVALUATION);
              assertThat(refused.detail())
                  .contains("benchmark/test/two.png")
                  .contains(hashes.version());
            });
    assertThat(other).isInstanceOf(Inspection.Passed.class);
  }

  @Test
  void theVersionIsThatOfThePicturesAndAnEditIsNoticed() throws IOException {
    String version = written().version();
    assertThat(written().version()).isEqualTo(version);
    Path file = folder.resolve("hashes.tsv");
    List<String> lines = Files.readAllLines(file, UTF_8);

    Files.write(file, lines.subList(0, lines.size() - 1));

    assertThatThrownBy(() -> EvaluationHashes.load(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(version)
        .hasMessageContaining("everclip hashes");
    Files.writeString(file, "0123456789abcdef\t\t\n");
    assertThatThrownBy(() -> EvaluationHashes.load(file)).hasMessageContaining("everclip hashes");
  }

  private static Inspection inspect(Inspector inspector, byte[] image) {
    return inspector.inspect(
        GateDriver.pair("p", "A drawing", image).build(),
        new RawPosition("pairs.raw", 0, 0L),
        Instant.parse("2026-05-01T00:00:00Z"));
  }
}
