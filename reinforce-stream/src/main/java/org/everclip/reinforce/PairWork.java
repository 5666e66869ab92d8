package org.everclip.reinforce;

import java.util.List;
import org.everclip.contracts.avro.AcceptedPair;

/** Work on several pairs at once, one answer a pair in their order. Called by several threads. */
@FunctionalInterface
interface PairWork {
  List<Reinforcement> reinforce(List<AcceptedPair> pairs);
}
