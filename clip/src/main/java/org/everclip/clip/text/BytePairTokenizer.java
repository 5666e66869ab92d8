package org.everclip.clip.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.clip.text.BytePairVocabulary.Merge;

/** CLIP's byte-level BPE over any vocabulary of its layout. Immutable apart from a bounded memo. */
final class BytePairTokenizer implements Tokenizer {

  private static final int MEMO_LIMIT = 50_000;

  private final BytePairVocabulary vocabulary;
  private final Pieces pieces;
  private final Map<String, Integer> idOfToken;
  private final Map<Merge, Integer> rankOfMerge = new HashMap<>();
  private final Map<String, int[]> memo = new ConcurrentHashMap<>();
  private final int startId;
  private final int endId;

  BytePairTokenizer(BytePairVocabulary vocabulary) {
    this(vocabulary, false);
  }

  /**
   * @param literalSpecialTokens whether the written names of the start and end token stand for
   *     them, as in the reference; unsafe for captions from outside
   */
  BytePairTokenizer(BytePairVocabulary vocabulary, boolean literalSpecialTokens) {
    this.vocabulary = vocabulary;
    pieces =
        new Pieces(
            literalSpecialTokens ? List.of(vocabulary.start(), vocabulary.end()) : List.of());
    idOfToken = vocabulary.ids();
    for (int rank = 0; rank < vocabulary.merges().size(); rank++) {
      rankOfMerge.putIfAbsent(vocabulary.merges().get(rank), rank);
    }
    startId = id(vocabulary.start());
    endId = id(vocabulary.end());
    if (literalSpecialTokens) {
      memo.put(vocabulary.start(), new int[] {startId});
      memo.put(vocabulary.end(), new int[] {endId});
    }
  }

  @Override
  public long[] encode(String text, int contextLength) {
    if (contextLength < 2) {
      throw new IllegalArgumentException(
          "A context has room for start and end, at least 2, but is " + contextLength);
    }
    long[] ids = new long[contextLength];
    ids[0] = startId;
    int length = 1;
    for (String piece : pieces.split(TextCleaner.clean(text))) {
      for (int id : encodePiece(piece)) {
        if (length == contextLength) {
          break;
        }
        ids[length++] = id;
      }
    }
    ids[Math.min(length, contextLength - 1)] = endId;
    return ids;
  }

  @Override
  public String decode(long[] ids) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (long id : ids) {
      if (id == startId || isPadding(id)) {
        continue;
      }
      if (id == endId) {
        break;
      }
      append(token(id), bytes);
    }
    return bytes.toString(StandardCharsets.UTF_8).strip();
  }

  @Override
  public int vocabularySize() {
    return vocabulary.tokens().size();
  }

  @Override
  public int startId() {
    return startId;
  }

  @Override
  public int endId() {
    return endId;
  }

  BytePairVocabulary vocabulary() {
    return vocabulary;
  }

  private boolean isPadding(long id) {
    return id == 0 && vocabulary.tokens().get(0).equals(BpeTrainer.PAD);
  }

  private String token(long id) {
    if (id < 0 || id >= vocabulary.tokens().size()) {
      throw new IllegalArgumentException(
          "Token ids go from 0 to %d, but this is %d".formatted(vocabularySize() - 1, id));
    }
    return vocabulary.tokens().get((int) id);
  }

  private static void append(String token, ByteArrayOutputStream bytes) {
    boolean endsWord = token.endsWith(ByteSymbols.WORD_END);
    int length = endsWord ? token.length() - ByteSymbols.WORD_END.length() : token.length();
    for (int i = 0; i < length; i++) {
      bytes.write(ByteSymbols.byteOf(token.charAt(i)));
    }
    if (endsWord) {
      bytes.write(' ');
    }
  }

  private int[] encodePiece(String piece) {
    int[] known = memo.get(piece);
    if (known != null) {
      return known;
    }
    int[] ids = mergeAll(symbols(piece)).stream().mapToInt(this::id).toArray();
    if (memo.size() < MEMO_LIMIT) {
      memo.put(piece, ids);
    }
    return ids;
  }

  static List<String> symbols(String piece) {
    byte[] bytes = piece.getBytes(StandardCharsets.UTF_8);
    List<String> symbols = new ArrayList<>(bytes.length);
    for (byte value : bytes) {
      symbols.add(String.valueOf(ByteSymbols.symbol(value)));
    }
    int last = symbols.size() - 1;
    symbols.set(last, symbols.get(last) + ByteSymbols.WORD_END);
    return symbols;
  }

  private List<String> mergeAll(List<String> symbols) {
    while (symbols.size() > 1) {
      Merge best = null;
      int bestRank = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        Merge pair = new Merge(symbols.get(i), symbols.get(i + 1));
        int rank = rankOfMerge.getOrDefault(pair, Integer.MAX_VALUE);
        if (rank < bestRank) {
          best = pair;
          bestRank = rank;
        }
      }
      if (best == null) {
        return symbols;
      }
      symbols = merge(symbols, best);
    }
    return symbols;
  }

  static List<String> merge(List<String> symbols, Merge pair) {
    List<String> merged = new ArrayList<>(symbols.size());
    for (int i = 0; i < symbols.size(); i++) {
      boolean matches =
          i + 1 < symbols.size()
              && symbols.get(i).equals(pair.left())
              && symbols.get(i + 1).equals(pair.right());
      merged.add(matches ? pair.merged() : symbols.get(i));
      i += matches ? 1 : 0;
    }
    return merged;
  }

  private int id(String token) {
    Integer id = idOfToken.get(token);
    if (id == null) {
      throw new IllegalStateException("The vocabulary has no token '" + token + "'");
    }
    return id;
  }
}
