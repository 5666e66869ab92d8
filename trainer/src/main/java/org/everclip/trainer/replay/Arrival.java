package org.everclip.trainer.replay;

import org.everclip.contracts.avro.ReinforcedPair;
import org.jspecify.annotations.Nullable;

/**
 * One record of the stream.
 *
 * @param pair null for a deletion
 */
public record Arrival(String pairId, @Nullable ReinforcedPair pair, int partition, long offset) {}
