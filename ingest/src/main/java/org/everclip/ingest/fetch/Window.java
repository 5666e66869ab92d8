package org.everclip.ingest.fetch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.everclip.ingest.fetch.UrlPairs.UrlPair;
import org.jspecify.annotations.Nullable;

/**
 * The records under way, by partition in their order. What is done is handed out only when all
 * before it is done, so that outcomes and position can be written together. For one thread.
 */
final class Window {

  /** A pair and what became of it. */
  record Done(UrlPair pair, Outcome outcome) {}

  /** One record; several that are not for the fetcher share one. */
  private record Slot(
      long offset, @Nullable UrlPair pair, @Nullable CompletableFuture<Outcome> outcome) {

    boolean isDone() {
      return outcome == null || outcome.isDone();
    }
  }

  private final Map<TopicPartition, ArrayDeque<Slot>> slots = new HashMap<>();
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private int pairs;

  /** Adds a record that is not for the fetcher. */
  void pass(TopicPartition partition, long offset) {
    ArrayDeque<Slot> queue = slots.computeIfAbsent(partition, p -> new ArrayDeque<>());
    Slot last = queue.peekLast();
    if (last != null && last.pair == null) {
      queue.removeLast();
    }
    queue.add(new Slot(offset, null, null));
  }

  void add(
      TopicPartition partition, long offset, UrlPair pair, CompletableFuture<Outcome> outcome) {
    slots.computeIfAbsent(partition, p -> new ArrayDeque<>()).add(new Slot(offset, pair, outcome));
    pairs++;
  }

  /** Pairs that have not been handed out. */
  int size() {
    return pairs;
  }

  /** Hands out at most so many pairs whose predecessors are all done. */
  List<Done> takeDone(int most) {
    var done = new ArrayList<Done>();
    slots.forEach(
        (partition, queue) -> {
          for (Slot slot = queue.peek();
              slot != null && slot.isDone() && done.size() < most;
              slot = queue.peek()) {
            queue.remove();
            positions.put(partition, slot.offset + 1);
            if (slot.pair != null && slot.outcome != null) {
              done.add(new Done(slot.pair, slot.outcome.join()));
              pairs--;
            }
          }
        });
    return done;
  }

  /** Where each partition that has moved stands now; asked once a move. */
  Map<TopicPartition, OffsetAndMetadata> takePositions() {
    var moved = new HashMap<TopicPartition, OffsetAndMetadata>();
    positions.forEach((partition, at) -> moved.put(partition, new OffsetAndMetadata(at)));
    positions.clear();
    return moved;
  }

  boolean hasMoved() {
    return !positions.isEmpty();
  }

  /** Partitions that records were added of. */
  Set<TopicPartition> partitions() {
    return Set.copyOf(slots.keySet());
  }

  /** Forgets partitions that are read elsewhere from now on; their fetches end unused. */
  void drop(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      positions.remove(partition);
      ArrayDeque<Slot> queue = slots.remove(partition);
      if (queue == null) {
        continue;
      }
      for (Slot slot : queue) {
        if (slot.outcome != null) {
          slot.outcome.cancel(false);
          pairs--;
        }
      }
    }
  }
}
