package org.everclip.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every schema stays FULL_TRANSITIVE with all its released forms. Those are kept in {@code
 * src/test/resources/schemas/N}; at a release the current forms are copied there, and never
 * changed.
 */
class SchemaCompatibilityTest {

  private static final Path RELEASED = Path.of("src/test/resources/schemas");

  static List<Topics.Topic> topics() {
    return Topics.ALL;
  }

  @ParameterizedTest
  @MethodSource("topics")
  void readsAndIsReadByEveryReleasedForm(Topics.Topic topic) throws IOException {
    List<Schema> released = released(topic);

    assertThat(released).as("released forms of %s", topic.name()).isNotEmpty();
    for (Schema old : released) {
      assertCompatible(topic.schema(), old);
      assertCompatible(old, topic.schema());
    }
  }

  private static void assertCompatible(Schema reader, Schema writer) {
    var result = SchemaCompatibility.checkReaderWriterCompatibility(reader, writer);
    assertThat(result.getType())
        .as(result.getDescription())
        .isEqualTo(SchemaCompatibilityType.COMPATIBLE);
  }

  private static List<Schema> released(Topics.Topic topic) throws IOException {
    try (Stream<Path> files = Files.walk(RELEASED)) {
      return files
          .filter(file -> file.getFileName().toString().equals(topic.name() + ".avsc"))
          .map(SchemaCompatibilityTest::parse)
          .toList();
    }
  }

  private static Schema parse(Path file) {
    try {
      return new Schema.Parser().parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
