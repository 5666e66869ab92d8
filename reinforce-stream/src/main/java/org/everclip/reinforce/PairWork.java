package org.everclip.reinforce;

import java.util.List;
import org.everclip.contracts.avro.AcceptedPair;

/**
 * Work on pairs in two steps, so that one pair is prepared while others are in the models. Called
 * by several threads.
 *
 * @param <P> a pair that is ready for the models
 */
interface PairWork<P> {

  /**
   * What a pair needs before the models, by itself.
   *
   * @throws IllegalArgumentException when the pair cannot be reinforced; the message says why
   */
  P prepare(AcceptedPair pair);

  /** The models' work on several pairs at once, one answer a pair in their order. */
  List<Reinforcement> reinforce(List<P> prepared);
}
