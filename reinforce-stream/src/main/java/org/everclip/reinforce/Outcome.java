package org.everclip.reinforce;

import org.jspecify.annotations.Nullable;

/**
 * What became of a record. Public because Flink's record serializer asks for it.
 *
 * @param key pairId, or empty where a broken record has none
 * @param revision of the pair, 0 where unknown
 * @param version the reinforcementVersion
 * @param value the encoded record for its topic; null for a deletion; not copied
 * @param timestamp arrival time of the pair, epoch milliseconds
 */
@SuppressWarnings("ArrayRecordComponent")
public record Outcome(
    String key, Kind kind, int revision, String version, byte @Nullable [] value, long timestamp) {

  /** Where the outcome goes. */
  public enum Kind {
    REINFORCED,
    /** Reinforced again under a changed recipe, by the back-fill. */
    BACKFILLED,
    REFUSED,
    DELETED
  }
}
