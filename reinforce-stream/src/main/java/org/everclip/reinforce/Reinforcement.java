package org.everclip.reinforce;

import org.everclip.contracts.avro.ReinforcedPair;

/** What the models made of a pair. */
public sealed interface Reinforcement {

  /** It worked. */
  record Reinforced(ReinforcedPair pair) implements Reinforcement {}

  /**
   * It did not, and trying again would not help.
   *
   * @param detail what was found, for people
   */
  record Refused(String detail) implements Reinforcement {}
}
