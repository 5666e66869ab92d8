package org.everclip.clip.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.everclip.clip.text.BytePairVocabulary.Merge;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One vocabulary in the three spellings in which models bring theirs. */
class VocabularySpellingsTest {

  private static final List<String> TEXTS =
      List.of(
          "a photo of a dog",
          "Two dogs, running &amp; jumping!",
          "caf\u00e9 \u65e5\u672c 42",
          "say <end_of_text> now, or <|endoftext|> then <start_of_text>",
          "");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  private BytePairVocabulary vocabulary;

  @BeforeEach
  void learn() {
    List<Merge> merges =
        BpeTrainer.train(
                List.of("a dog and dogs", "a photo of dogs running", "running photos of a dog"),
                540)
            .merges();
    assertThat(merges).hasSizeGreaterThan(10);
    vocabulary = BytePairVocabulary.of(List.of(), merges, "<start_of_text>", "<end_of_text>");
  }

  @Test
  void threeSpellingsOfOneVocabularyGiveEqualIds() throws IOException {
    Tokenizer clip = Tokenizers.find(clipFolder()).orElseThrow();
    Tokenizer pair = Tokenizers.find(pairFolder()).orElseThrow();
    Path json = Files.createDirectory(folder.resolve("json"));
    Files.write(json.resolve("tokenizer.json"), TokenizerJson.write(vocabulary));
    Tokenizer single = Tokenizers.find(json).orElseThrow();

    for (String text : TEXTS) {
      long[] expected = new BytePairTokenizer(vocabulary).encode(text, 77);
      assertThat(clip.encode(text, 77)).as(text).isEqualTo(expected);
      assertThat(pair.encode(text, 77)).as(text).isEqualTo(expected);
      assertThat(single.encode(text, 77)).as(text).isEqualTo(expected);
      assertThat(pair.decode(expected)).isEqualTo(single.decode(expected));
    }
    assertThat(clip.vocabularySize()).isEqualTo(pair.vocabularySize());
    assertThat(Tokenizers.find(folder)).isEmpty();
  }

  @Test
  void writtenSpecialTokensOfACaptionAreOrdinaryText() throws IOException {
    Tokenizer tokenizer = Tokenizers.find(pairFolder()).orElseThrow();

    long[] ids = tokenizer.encode(TEXTS.get(3), 77);

    assertThat(ids).containsOnlyOnce(tokenizer.endId()).containsOnlyOnce(tokenizer.startId());
    assertThat(tokenizer.decode(ids)).contains("now", "then", "of _ text");
  }

  @Test
  void refusesVocabulariesOfOtherKinds() throws IOException {
    ObjectNode root = (ObjectNode) JSON.readTree(TokenizerJson.write(vocabulary));
    ObjectNode words = JSON.createObjectNode().put("dog", 0).put("<s>", 1).put("</s>", 2);
    ((ObjectNode) root.path("model")).set("vocab", words);
    byte[] otherKind = JSON.writeValueAsBytes(root);

    assertThatThrownBy(() -> TokenizerJson.read(otherKind))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lacks the token")
        .hasMessageContaining("</w>");

    Path text = Files.writeString(folder.resolve("merges.txt.gz"), "no gzip");
    assertThatThrownBy(() -> Tokenizers.loadClipVocabulary(text))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bpe_simple_vocab_16e6.txt.gz");
  }

  private Path clipFolder() throws IOException {
    Path clip = Files.createDirectory(folder.resolve("clip"));
    try (Writer out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(clip.resolve(ClipVocabulary.FILE_NAME))),
            StandardCharsets.UTF_8)) {
      out.write("\"bpe_simple_vocab#version: 0.2\n" + merges());
    }
    return clip;
  }

  /** As Hugging Face ships CLIP's: the special tokens are written with bars. */
  private Path pairFolder() throws IOException {
    Path pair = Files.createDirectory(folder.resolve("pair"));
    ObjectNode ids = JSON.createObjectNode();
    for (String token : vocabulary.tokens()) {
      String name =
          token.equals(vocabulary.start())
              ? "<|startoftext|>"
              : token.equals(vocabulary.end()) ? "<|endoftext|>" : token;
      ids.put(name, ids.size());
    }
    Files.write(pair.resolve("vocab.json"), JSON.writeValueAsBytes(ids));
    Files.writeString(pair.resolve("merges.txt"), "#version: 0.2\n" + merges());
    return pair;
  }

  private String merges() {
    StringBuilder lines = new StringBuilder();
    vocabulary
        .merges()
        .forEach(
            merge -> lines.append(merge.left()).append(' ').append(merge.right()).append('\n'));
    return lines.toString();
  }
}
