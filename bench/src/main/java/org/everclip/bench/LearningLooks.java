package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.everclip.trainer.offline.EmbeddingModel;
import org.everclip.trainer.offline.HeldOut;

/**
 * What one run got right, look by look and query by query; lines of text, so that a run that was
 * stopped shows how far it came. A look has every retrieval set; every few looks have the others.
 */
final class LearningLooks {

  private static final String END = "end";

  /** Hits by set: 1 where the query was right. */
  record Look(Map<String, boolean[]> top1, Map<String, boolean[]> top5) {}

  private final NavigableMap<Integer, Look> looks = new TreeMap<>();
  private final Path file;

  private LearningLooks(Path file) {
    this.file = file;
  }

  /** Goes on with a file after a step; what it says about later ones is forgotten. */
  static LearningLooks after(Path file, int step) throws IOException {
    List<String> kept = new ArrayList<>();
    if (step > 0 && Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        if (!line.startsWith(END) && Integer.parseInt(line.split(" ")[0]) <= step) {
          kept.add(line);
        }
      }
    }
    Files.write(file, kept);
    return read(file);
  }

  /** Reads what is there, also of a run that has not ended. */
  static LearningLooks read(Path file) throws IOException {
    var read = new LearningLooks(file);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        String[] parts = line.split(" ", 4);
        if (parts.length == 4) {
          Look look =
              read.looks.computeIfAbsent(
                  Integer.parseInt(parts[0]), step -> new Look(new TreeMap<>(), new TreeMap<>()));
          (parts[1].equals("1") ? look.top1() : look.top5()).put(parts[2], bits(parts[3]));
        }
      }
    }
    return read;
  }

  /** The step at which the run ended; 0 if it has not. */
  static int ended(Path file) throws IOException {
    if (!Files.exists(file)) {
      return 0;
    }
    List<String> lines = Files.readAllLines(file);
    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    return last.startsWith(END + " ") ? Integer.parseInt(last.substring(END.length() + 1)) : 0;
  }

  NavigableMap<Integer, Look> looks() {
    return looks;
  }

  void look(int step, EmbeddingModel student, List<HeldOut> sets) throws IOException {
    var look = new Look(new TreeMap<>(), new TreeMap<>());
    var lines = new ArrayList<String>();
    for (HeldOut set : sets) {
      double[] ranks = set.queryRanks(student);
      keep(look.top1(), lines, step, 1, set, ranks);
      if (!set.isClassification()) {
        keep(look.top5(), lines, step, 5, set, ranks);
      }
    }
    looks.put(step, look);
    append(lines);
  }

  void end(int step) throws IOException {
    append(List.of(END + " " + step));
  }

  private void append(List<String> lines) throws IOException {
    Files.write(file, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static void keep(
      Map<String, boolean[]> hits,
      List<String> lines,
      int step,
      int k,
      HeldOut set,
      double[] ranks) {
    var text = new StringBuilder();
    boolean[] right = new boolean[ranks.length];
    for (int i = 0; i < ranks.length; i++) {
      right[i] = ranks[i] < k;
      text.append(right[i] ? '1' : '0');
    }
    hits.put(set.name(), right);
    lines.add(step + " " + k + " " + set.name() + " " + text);
  }

  private static boolean[] bits(String text) {
    boolean[] bits = new boolean[text.length()];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = text.charAt(i) == '1';
    }
    return bits;
  }
}
