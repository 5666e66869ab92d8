package org.everclip.reinforce;

import org.jspecify.annotations.Nullable;

/**
 * A record of pairs.accepted as it was read. Public because Flink's record serializer asks for it.
 *
 * @param key pairId; null only in records that break the contract
 * @param value Confluent Avro of an AcceptedPair, or null for a deletion; not copied
 * @param timestamp arrival time, epoch milliseconds
 */
@SuppressWarnings("ArrayRecordComponent")
public record Incoming(
    @Nullable String key, byte @Nullable [] value, int partition, long offset, long timestamp) {}
