package org.everclip.clip.text;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.clip.text.BytePairVocabulary.Merge;

/**
 * Learns a small byte-pair vocabulary from captions: repeatedly joins the most frequent pair of
 * neighbouring symbols inside words (Sennrich et al. 2016). Id 0 is padding and stands for no text,
 * the end token has the largest id. Deterministic: equal counts are decided by the pair's spelling.
 */
final class BpeTrainer {

  static final String PAD = "<pad>";
  static final String START = "<start_of_text>";
  static final String END = "<end_of_text>";

  private static final int FIXED_TOKENS = 2 * 256 + 3;
  private static final Comparator<Map.Entry<Merge, Integer>> BY_COUNT_THEN_SPELLING =
      Map.Entry.<Merge, Integer>comparingByValue()
          .thenComparing(entry -> entry.getKey().left(), Comparator.reverseOrder())
          .thenComparing(entry -> entry.getKey().right(), Comparator.reverseOrder());

  /** A distinct piece of the texts, as the symbols it consists of so far. */
  private static final class Word {
    private List<String> symbols;
    private final int count;

    Word(List<String> symbols, int count) {
      this.symbols = symbols;
      this.count = count;
    }
  }

  private final List<Word> words = new ArrayList<>();
  private final Map<Merge, Integer> counts = new HashMap<>();
  private final Map<Merge, List<Word>> wordsWith = new HashMap<>();

  private BpeTrainer(Iterable<String> texts) {
    Pieces pieces = new Pieces(List.of());
    Map<String, Integer> pieceCounts = new LinkedHashMap<>();
    for (String text : texts) {
      for (String piece : pieces.split(TextCleaner.clean(text))) {
        pieceCounts.merge(piece, 1, Integer::sum);
      }
    }
    pieceCounts.forEach((piece, n) -> words.add(new Word(BytePairTokenizer.symbols(piece), n)));
    words.forEach(word -> count(word, 1));
  }

  /** Returns fewer ids than asked for when the texts do not hold so many repeated pairs. */
  static BytePairVocabulary train(Iterable<String> texts, int size) {
    if (size < FIXED_TOKENS) {
      throw new IllegalArgumentException(
          "A byte-pair vocabulary needs at least %d ids (bytes and special tokens), not %d"
              .formatted(FIXED_TOKENS, size));
    }
    List<Merge> merges = new BpeTrainer(texts).learn(size - FIXED_TOKENS);
    return BytePairVocabulary.of(List.of(PAD), merges, START, END);
  }

  private List<Merge> learn(int limit) {
    List<Merge> merges = new ArrayList<>(limit);
    while (merges.size() < limit) {
      var best = counts.entrySet().stream().max(BY_COUNT_THEN_SPELLING);
      if (best.isEmpty() || best.get().getValue() < 2) {
        break;
      }
      Merge pair = best.get().getKey();
      merges.add(pair);
      apply(pair);
    }
    return merges;
  }

  private void apply(Merge pair) {
    for (Word word : new ArrayList<>(wordsWith.getOrDefault(pair, List.of()))) {
      List<String> merged = BytePairTokenizer.merge(word.symbols, pair);
      if (merged.size() < word.symbols.size()) {
        count(word, -1);
        word.symbols = merged;
        count(word, 1);
      }
    }
    counts.remove(pair);
    wordsWith.remove(pair);
  }

  private void count(Word word, int sign) {
    for (int i = 0; i + 1 < word.symbols.size(); i++) {
      Merge pair = new Merge(word.symbols.get(i), word.symbols.get(i + 1));
      counts.merge(pair, sign * word.count, (a, b) -> a + b == 0 ? null : a + b);
      if (sign > 0) {
        List<Word> holders = wordsWith.computeIfAbsent(pair, key -> new ArrayList<>());
        if (holders.isEmpty() || holders.get(holders.size() - 1) != word) {
          holders.add(word);
        }
      }
    }
  }
}
