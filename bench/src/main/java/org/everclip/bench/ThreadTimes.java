package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * CPU time of another process by what its threads are for, read where the system tells it (Linux);
 * elsewhere empty. Values are ticks of 10 ms. Threads that have ended are not in it.
 */
record ThreadTimes(Map<String, Long> ticks) {

  private static final int USER_TIME = 11; // fields after the name, see proc(5)

  ThreadTimes {
    ticks = Map.copyOf(ticks);
  }

  static ThreadTimes of(long pid) throws IOException {
    var ticks = new HashMap<String, Long>();
    Path tasks = Path.of("/proc/" + pid + "/task");
    if (Files.isDirectory(tasks)) {
      try (Stream<Path> list = Files.list(tasks)) {
        for (Path task : list.toList()) {
          if (Files.exists(task.resolve("stat"))) {
            String stat = Files.readString(task.resolve("stat"));
            int end = stat.lastIndexOf(')');
            String[] fields = stat.substring(end + 2).split(" ");
            long own = Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[USER_TIME + 1]);
            ticks.merge(kind(stat.substring(stat.indexOf('(') + 1, end)), own, Long::sum);
          }
        }
      }
    }
    return new ThreadTimes(ticks);
  }

  /** What was spent since then, in milliseconds, the most first. */
  List<Map.Entry<String, Long>> since(ThreadTimes before) {
    return ticks.entrySet().stream()
        .map(
            e ->
                Map.entry(
                    e.getKey(), 10 * (e.getValue() - before.ticks.getOrDefault(e.getKey(), 0L))))
        .filter(e -> e.getValue() > 0)
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .toList();
  }

  private static String kind(String thread) {
    String name = thread.strip();
    if (name.startsWith("reinforcer")) {
      return "model calls (reinforcer)";
    } else if (name.startsWith("preparer")) {
      return "decode and augment (preparer)";
    } else if (name.matches("C[12] Compiler.*")) {
      return "just-in-time compiler";
    } else if (name.matches("VM .*|GC .*|G1 .*")) {
      return "garbage collector, VM";
    } else if (name.startsWith("everclip-gate-") || name.contains("StreamThread")) {
      return "Kafka Streams: " + name.replaceAll("[-\\d#]+$", "");
    } else if (name.contains("producer") || name.contains("kafka")) {
      return "Kafka producers";
    } else if (name.startsWith("Source Data Fet")) {
      return "Kafka source";
    } else if (name.matches("Source: .*|reinforce.*|unique.*|pairs\\..*|KEYED.*|.*Writer.*")) {
      return "Flink task: " + name;
    } else if (name.startsWith("flink-") || name.startsWith("pekko")) {
      return "Flink control";
    }
    return "other: " + name.replaceAll("[-\\d#]+$", "");
  }
}
