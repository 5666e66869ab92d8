package org.everclip.registry.client;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.registry.AliasMove;

/** Where an alias was before, so that going back twice goes back two versions. */
final class AliasPast {

  private AliasPast() {}

  /**
   * The version before the current one; a move to where the alias came from counts as a step back.
   */
  static Optional<Integer> previous(List<AliasMove> moves) {
    Deque<Integer> past = new ArrayDeque<>();
    for (AliasMove move : moves) {
      Integer top = past.poll();
      if (top != null && !past.isEmpty() && past.peek() == move.version()) {
        continue;
      }
      if (top != null) {
        past.push(top);
      }
      past.push(move.version());
    }
    past.poll();
    return Optional.ofNullable(past.peek());
  }
}
