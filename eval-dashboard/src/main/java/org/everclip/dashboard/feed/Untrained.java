package org.everclip.dashboard.feed;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.everclip.contracts.Topics;
import org.everclip.contracts.registry.VersionInfo;

/**
 * Reinforced pairs that no version has learned from yet: those beyond the data cursors that
 * versions carry. Bounded: of more than {@link #MOST} a partition the oldest are only counted. Not
 * thread-safe.
 */
final class Untrained {

  static final int MOST = 20_000;

  private record Stored(long offset, Instant at) {}

  /** One partition's pairs in the order of the topic. */
  private static final class Line {
    final Deque<Stored> waiting = new ArrayDeque<>();
    long cursor;
    long beyond;
  }

  private final Map<Integer, Line> lines = new HashMap<>();

  void reinforced(int partition, long offset, Instant at) {
    Line line = line(partition);
    if (offset < line.cursor) {
      return;
    }
    line.waiting.addLast(new Stored(offset, at));
    if (line.waiting.size() > MOST) {
      line.waiting.removeFirst();
      line.beyond++;
    }
  }

  /** A version with these cursors exists. */
  void published(VersionInfo version) {
    version
        .manifest()
        .dataCursor()
        .forEach(
            (part, next) -> {
              String prefix = Topics.REINFORCED.name() + "/";
              if (part.startsWith(prefix) && part.substring(prefix.length()).matches("\\d{1,6}")) {
                moveTo(Integer.parseInt(part.substring(prefix.length())), next);
              }
            });
  }

  private void moveTo(int partition, long next) {
    Line line = line(partition);
    line.cursor = Math.max(line.cursor, next);
    while (!line.waiting.isEmpty() && line.waiting.getFirst().offset() < line.cursor) {
      line.waiting.removeFirst();
      line.beyond = 0;
    }
  }

  Waiting waiting() {
    long count = 0;
    Instant oldest = null;
    for (Line line : lines.values()) {
      count += line.waiting.size() + line.beyond;
      if (!line.waiting.isEmpty()) {
        Instant first = line.waiting.getFirst().at();
        oldest = oldest == null || first.isBefore(oldest) ? first : oldest;
      }
    }
    return new Waiting(count, oldest);
  }

  private Line line(int partition) {
    return lines.computeIfAbsent(partition, key -> new Line());
  }
}
