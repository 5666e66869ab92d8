package org.everclip.clip.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Tokens in the order of their ids, and the merges in the order of their rank. */
record BytePairVocabulary(List<String> tokens, List<Merge> merges, String start, String end) {

  /** Two neighbouring symbols that become one. */
  record Merge(String left, String right) {

    String merged() {
      return left + right;
    }
  }

  /** SHA-256 of CLIP's merges, a line each. */
  private static final String CLIP_SHA256 =
      "d308b7377a8ceaa9707a21614fe8c831b9196e197b7aeb69833359362907af02";

  /** CLIP uses the merges that fit into 49152 ids with the bytes and two special tokens. */
  private static final int CLIP_MERGES = 49152 - 256 - 2;

  BytePairVocabulary {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
    if (!tokens.get(tokens.size() - 1).equals(end)) {
      throw new IllegalArgumentException(
          "The end token " + end + " must have the largest id, as pooling looks for the largest");
    }
    if (!tokens.contains(start)) {
      throw new IllegalArgumentException("The start token " + start + " is not in the vocabulary");
    }
  }

  /** The layout of CLIP's ids: bytes, bytes that end a word, merges, start, end. */
  static BytePairVocabulary of(List<String> leading, List<Merge> merges, String start, String end) {
    List<String> tokens = new ArrayList<>(leading);
    for (String suffix : List.of("", ByteSymbols.WORD_END)) {
      for (int position = 0; position < 256; position++) {
        tokens.add(ByteSymbols.inOrder(position) + suffix);
      }
    }
    merges.forEach(merge -> tokens.add(merge.merged()));
    tokens.add(start);
    tokens.add(end);
    return new BytePairVocabulary(tokens, merges, start, end);
  }

  static BytePairVocabulary readClip(Path gzip) throws IOException {
    List<Merge> merges = new ArrayList<>(CLIP_MERGES);
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(gzip)), StandardCharsets.UTF_8))) {
      reader.readLine();
      while (merges.size() < CLIP_MERGES) {
        String line = reader.readLine();
        if (line == null) {
          throw new IOException(
              "Expected %d merges in %s but found %d; use bpe_simple_vocab_16e6.txt.gz"
                  .formatted(CLIP_MERGES, gzip, merges.size()));
        }
        merges.add(merge(line));
      }
    }
    return of(List.of(), merges, "<start_of_text>", "<end_of_text>");
  }

  /** Whether ids and merges are CLIP's; the special tokens may be spelled in any way. */
  boolean isClip() {
    if (merges.size() != CLIP_MERGES || tokens.size() != CLIP_MERGES + 2 * 256 + 2) {
      return false;
    }
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (Merge merge : merges) {
        digest.update((merge.left + " " + merge.right + "\n").getBytes(StandardCharsets.UTF_8));
      }
      return HexFormat.of().formatHex(digest.digest()).equals(CLIP_SHA256);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static Merge merge(String line) {
    int blank = line.indexOf(' ');
    if (blank <= 0 || blank != line.lastIndexOf(' ') || blank == line.length() - 1) {
      throw new IllegalArgumentException(
          "A merge is two symbols separated by a blank, but this is '" + line + "'");
    }
    return new Merge(line.substring(0, blank), line.substring(blank + 1));
  }

  Map<String, Integer> ids() {
    Map<String, Integer> ids = new HashMap<>(tokens.size() * 2);
    for (int id = 0; id < tokens.size(); id++) {
      ids.put(tokens.get(id), id);
    }
    return ids;
  }
}
