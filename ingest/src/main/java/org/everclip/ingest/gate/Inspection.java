package org.everclip.ingest.gate;

import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RejectionReason;
import org.jspecify.annotations.Nullable;

/** What the look at one pair by itself has found. */
public sealed interface Inspection {

  /**
   * Nothing is wrong with it; others decide whether it is new.
   *
   * @param pair as it will be accepted, with revision 0
   * @param thumbnail 16x16 RGB; not copied, do not modify
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Passed(AcceptedPair pair, byte[] thumbnail) implements Inspection {}

  /** The pair with this id shall go. */
  record Deletion(String pairId, String source) implements Inspection {}

  /** It cannot enter, whatever else is known. */
  record Refused(
      RejectionReason reason, String detail, @Nullable String pairId, @Nullable String source)
      implements Inspection {}
}
