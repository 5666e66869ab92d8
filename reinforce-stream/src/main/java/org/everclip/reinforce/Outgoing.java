package org.everclip.reinforce;

import org.jspecify.annotations.Nullable;

/**
 * A record to be written. Public because Flink's record serializer asks for it.
 *
 * @param value null is a tombstone; not copied
 * @param timestamp epoch milliseconds
 */
@SuppressWarnings("ArrayRecordComponent")
public record Outgoing(String key, byte @Nullable [] value, long timestamp) {}
