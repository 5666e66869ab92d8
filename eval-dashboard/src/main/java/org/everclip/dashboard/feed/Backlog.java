package org.everclip.dashboard.feed;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Pairs that have been accepted and not yet been reinforced or refused, as a set: each is taken out
 * by its own outcome, whichever of the two is read first. Bounded: beyond {@link #MOST} open pairs
 * only their number is kept for the rest. Not thread-safe.
 */
final class Backlog {

  static final int MOST = 50_000;

  private record Open(int revision, Instant since) {}

  private final Map<String, Open> open = new HashMap<>();

  /** Newest revision with an outcome, of the pairs that had theirs last. */
  private final LinkedHashMap<String, Integer> done = new LinkedHashMap<>(1024, 0.75f, true);

  private long beyond;

  void accepted(String pairId, int revision, Instant at) {
    Integer finished = done.get(pairId);
    if (finished != null && finished >= revision) {
      return;
    }
    Open before = open.get(pairId);
    if (before == null && open.size() >= MOST) {
      beyond++;
    } else if (before == null || before.revision() < revision) {
      open.put(pairId, new Open(revision, at));
    }
  }

  void finished(String pairId, int revision) {
    Open waiting = open.get(pairId);
    if (waiting != null && waiting.revision() <= revision) {
      open.remove(pairId);
    } else if (waiting == null && beyond > 0) {
      beyond--;
    }
    done.merge(pairId, revision, Math::max);
    if (done.size() > MOST) {
      done.remove(done.keySet().iterator().next());
    }
  }

  void deleted(String pairId) {
    open.remove(pairId);
  }

  Waiting waiting() {
    @Nullable Instant oldest =
        open.values().stream().map(Open::since).min(Instant::compareTo).orElse(null);
    return new Waiting(open.size() + beyond, oldest);
  }
}
