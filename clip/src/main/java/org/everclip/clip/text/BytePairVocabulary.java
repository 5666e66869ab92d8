package org.everclip.clip.text;

import java.io.IOException;
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
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

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

  private static final int MAX_BYTES = 64 << 20;

  BytePairVocabulary {
    tokens = List.copyOf(tokens);
    merges = List.copyOf(merges);
    if (!tokens.get(tokens.size() - 1).equals(end)) {
      throw new IllegalArgumentException(
          "The end token " + end + " must have the largest id, as pooling looks for the largest");
    }
    Set<String> known = Set.copyOf(tokens);
    requireToken(known, start);
    for (int position = 0; position < 256; position++) {
      requireToken(known, String.valueOf(ByteSymbols.inOrder(position)));
      requireToken(known, ByteSymbols.inOrder(position) + ByteSymbols.WORD_END);
    }
    merges.forEach(merge -> requireToken(known, merge.merged()));
  }

  private static void requireToken(Set<String> known, String token) {
    if (!known.contains(token)) {
      throw new IllegalArgumentException(
          ("The vocabulary lacks the token '%s'; expected a byte-level one whose words end with %s,"
                  + " as CLIP's")
              .formatted(token, ByteSymbols.WORD_END));
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

  /** Reads the layout of CLIP's file; a smaller vocabulary is one with fewer merges. */
  static BytePairVocabulary readClip(Path gzip) throws IOException {
    List<Merge> merges = new ArrayList<>();
    try (GZIPInputStream unpacked = new GZIPInputStream(Files.newInputStream(gzip))) {
      byte[] text = unpacked.readNBytes(MAX_BYTES);
      new String(text, StandardCharsets.UTF_8)
          .lines()
          .skip(1)
          .limit(CLIP_MERGES)
          .forEach(line -> merges.add(merge(line)));
    } catch (ZipException | IllegalArgumentException e) {
      throw new IOException(
          "%s is no vocabulary of merges such as bpe_simple_vocab_16e6.txt.gz: %s"
              .formatted(gzip, e.getMessage()),
          e);
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
