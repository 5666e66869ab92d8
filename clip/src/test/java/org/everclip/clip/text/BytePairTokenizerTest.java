package org.everclip.clip.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTokenizerTest {

  private static final List<String> CAPTIONS =
      List.of(
          "a red apple", "A red ball", "red apples &amp; a green ball", "the green tree", "trees");

  private final Tokenizer tokenizer = Tokenizers.train(CAPTIONS, 540);

  @Test
  void startsEndsAndPads() {
    long[] ids = tokenizer.encode("a ball", 8);

    assertThat(ids[0]).isEqualTo(tokenizer.startId());
    assertThat(ids).contains(tokenizer.endId());
    assertThat(ids[7]).isZero();
    assertThat(tokenizer.endId()).isEqualTo(tokenizer.vocabularySize() - 1);
  }

  @Test
  void neverUsesThePaddingIdForText() {
    assertThat(tokenizer.encode("!\"#$ any text 0 \u0000 日本", 64))
        .startsWith(tokenizer.startId())
        .satisfies(ids -> assertThat(lengthBeforeEnd(ids)).isGreaterThan(10));
    assertThat(tokenizer.encode("!!!!", 6)[1]).isNotZero();
  }

  @Test
  void cutsALongTextAndKeepsTheEnd() {
    long[] ids = tokenizer.encode("zyx ".repeat(50), 7);

    assertThat(ids).hasSize(7).doesNotContain(0);
    assertThat(ids[6]).isEqualTo(tokenizer.endId());
  }

  @Test
  void decodesWhatItEncoded() {
    String text = "tom & jérry say \"日本\" 42 times";

    assertThat(tokenizer.decode(tokenizer.encode(text, 80)))
        .isEqualTo("tom & j érry say \" 日本 \" 4 2 times".replace("j é", "jé"));
  }

  @Test
  void treatsAWrittenEndTokenAsOrdinaryText() {
    long[] ids = tokenizer.encode("before <end_of_text> after", 60);

    assertThat(ids[lengthBeforeEnd(ids)]).isEqualTo(tokenizer.endId());
    assertThat(tokenizer.decode(ids)).endsWith("after");
  }

  @Test
  void learnsTheSameVocabularyInEveryRun() {
    assertThat(BpeTrainer.train(CAPTIONS, 540)).isEqualTo(BpeTrainer.train(CAPTIONS, 540));
  }

  @Test
  void learnsTheMostFrequentPairFirstAndBreaksTiesBySpelling() {
    var merges = BpeTrainer.train(List.of("ab ab ab cd cd"), 517).merges();

    assertThat(merges)
        .containsExactly(
            new BytePairVocabulary.Merge("a", "b</w>"), new BytePairVocabulary.Merge("c", "d</w>"));
  }

  @Test
  void readsWhatItWrote(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");

    Tokenizers.write(tokenizer, file);

    Tokenizer read = Tokenizers.load(file);
    assertThat(read.vocabularySize()).isEqualTo(tokenizer.vocabularySize());
    for (String caption : CAPTIONS) {
      assertThat(read.encode(caption, 16)).isEqualTo(tokenizer.encode(caption, 16));
    }
  }

  @Test
  void explainsAVocabularyThatIsTooSmall() {
    assertThatThrownBy(() -> Tokenizers.train(CAPTIONS, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("515");
  }

  @Test
  void refusesIdsOutsideTheVocabulary() {
    assertThatThrownBy(() -> tokenizer.decode(new long[] {100_000}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("100000");
  }

  private int lengthBeforeEnd(long[] ids) {
    return Collections.indexOfSubList(
        java.util.Arrays.stream(ids).boxed().toList(), List.of((long) tokenizer.endId()));
  }
}
