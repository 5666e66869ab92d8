package org.everclip.ingest.gate;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that a step of the gate sends to one of its targets.
 *
 * @param value null is a tombstone; not copied, do not modify
 */
@SuppressWarnings("ArrayRecordComponent")
record Emission(Target target, byte @Nullable [] value) {

  enum Target {
    CANDIDATES,
    HASHES,
    VERDICTS,
    ACCEPTED,
    REJECTED
  }
}
