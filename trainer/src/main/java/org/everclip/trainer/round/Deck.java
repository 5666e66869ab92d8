package org.everclip.trainer.round;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Cards that are dealt in a seeded random order, shuffled again whenever all have been dealt. A
 * card that the hand already holds is put aside and dealt at the next chance.
 */
final class Deck {

  private final List<String> cards;
  private final Random random;
  private final ArrayDeque<String> aside = new ArrayDeque<>();
  private int next;

  /**
   * @param random of {@link Random}, whose algorithm is part of its contract: the same on every
   *     Java
   */
  Deck(List<String> cards, Random random) {
    this.cards = new ArrayList<>(cards);
    this.random = random;
    next = cards.size();
  }

  /** The next card that is not in the hand, added to it; null if the hand holds all cards. */
  @Nullable String deal(Set<String> hand) {
    for (Iterator<String> waiting = aside.iterator(); waiting.hasNext(); ) {
      String card = waiting.next();
      if (hand.add(card)) {
        waiting.remove();
        return card;
      }
    }
    for (int tries = 0; tries < 2 * cards.size(); tries++) {
      if (next == cards.size()) {
        shuffle();
      }
      String card = cards.get(next++);
      if (hand.add(card)) {
        return card;
      }
      if (!aside.contains(card)) {
        aside.add(card);
      }
    }
    return null;
  }

  private void shuffle() {
    for (int i = cards.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String card = cards.get(i);
      cards.set(i, cards.get(j));
      cards.set(j, card);
    }
    next = 0;
  }
}
