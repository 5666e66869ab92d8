package org.everclip.clip.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * CLIP's published vocabulary against what the reference tokenizer returns. The file (1.4 MB) is
 * not part of the project: name it with {@code -Dclip.vocabulary=FILE}.
 */
class ClipTokenizerGoldenTest {

  private static final String FILE_NAME = "bpe_simple_vocab_16e6.txt.gz";

  private final JsonNode goldens = goldens();

  @Test
  void cleansEveryTextAsTheReference() {
    for (JsonNode golden : goldens.path("cases")) {
      assertThat(TextCleaner.clean(golden.path("text").asText()))
          .as(golden.path("text").toString())
          .isEqualTo(golden.path("cleaned").asText());
    }
  }

  @Test
  void givesTheIdsOfTheReference() throws IOException {
    BytePairVocabulary vocabulary = vocabulary();
    Tokenizer tokenizer = new BytePairTokenizer(vocabulary, true);

    assertThat(tokenizer.vocabularySize()).isEqualTo(49408);
    for (JsonNode golden : goldens.path("cases")) {
      assertThat(tokenizer.encode(golden.path("text").asText(), 77))
          .as(golden.path("text").toString())
          .isEqualTo(Arrays.copyOf(ids(golden), 77));
    }
    for (JsonNode golden : goldens.path("other_context_lengths")) {
      int length = golden.path("context_length").asInt();
      assertThat(tokenizer.encode(golden.path("text").asText(), length))
          .as(golden.path("text") + " in " + length)
          .isEqualTo(Arrays.copyOf(ids(golden), length));
    }
  }

  /** The reference's decoder writes start and end as words and leaves a blank at the end. */
  @Test
  void decodesAsTheReference() throws IOException {
    Tokenizer tokenizer = new BytePairTokenizer(vocabulary());
    int checked = 0;
    for (JsonNode golden : goldens.path("cases")) {
      String decoded = golden.path("decoded").asText();
      if (!decoded.contains("_of_text>")) {
        assertThat(tokenizer.decode(tokenizer.encode(golden.path("text").asText(), 1000)))
            .isEqualTo(decoded.strip());
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(70);
  }

  @Test
  void hasTheTokensOfThePublishedVocabulary() throws IOException {
    BytePairVocabulary vocabulary = vocabulary();
    JsonNode facts = goldens.path("vocab");

    assertThat(vocabulary.tokens()).hasSize(facts.path("vocab_size").asInt());
    assertThat(vocabulary.merges()).hasSize(facts.path("merges_used").asInt());
    facts
        .path("ids")
        .properties()
        .forEach(
            token ->
                assertThat(vocabulary.tokens().get(token.getValue().asInt()))
                    .isEqualTo(token.getKey()));
    facts
        .path("id_to_token_samples")
        .properties()
        .forEach(
            token ->
                assertThat(vocabulary.tokens().get(Integer.parseInt(token.getKey())))
                    .isEqualTo(token.getValue().asText()));
  }

  @Test
  void survivesTheTokenizerJsonLayout() throws IOException {
    BytePairVocabulary vocabulary = vocabulary();

    assertThat(TokenizerJson.read(TokenizerJson.write(vocabulary))).isEqualTo(vocabulary);
  }

  private static long[] ids(JsonNode golden) {
    long[] ids = new long[golden.path("ids").size()];
    Arrays.setAll(ids, i -> golden.path("ids").path(i).asLong());
    return ids;
  }

  private static BytePairVocabulary vocabulary() throws IOException {
    String project = System.getProperty("everclip.project", "..");
    Path file =
        Stream.of(
                Path.of(System.getProperty("clip.vocabulary", FILE_NAME)),
                Path.of(project, "..", "shared", "data", FILE_NAME))
            .filter(Files::isRegularFile)
            .findFirst()
            .orElse(Path.of(""));
    assumeTrue(
        Files.isRegularFile(file),
        "CLIP's vocabulary was not found: run with -Dclip.vocabulary=/path/to/" + FILE_NAME);
    return BytePairVocabulary.readClip(file);
  }

  private static JsonNode goldens() {
    try (var stream = ClipTokenizerGoldenTest.class.getResourceAsStream("tokenizer-goldens.json")) {
      return new ObjectMapper().readTree(stream);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
