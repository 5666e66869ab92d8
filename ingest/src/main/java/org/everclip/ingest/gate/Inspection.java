package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.HashSplit;
import org.everclip.contracts.avro.PairHash;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.Split;
import org.jspecify.annotations.Nullable;

/** What the look at one pair by itself has found. */
public sealed interface Inspection {

  /**
   * Nothing is wrong with it; others decide whether it is new.
   *
   * @param pair as it will be accepted, as the first revision
   * @param thumbnail 16x16 RGB; not copied, do not modify
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Passed(AcceptedPair pair, byte[] thumbnail) implements Inspection {

    /** The fingerprint that is compared. */
    PairHash fingerprint() {
      return PairHash.newBuilder()
          .setPairId(pair.getPairId())
          .setRevision(0)
          .setPerceptualHash(pair.getPerceptualHash())
          .setThumbnail(ByteBuffer.wrap(thumbnail))
          .setCaptionSha256(Sha256.hex(pair.getCaption()))
          .setImageSha256(pair.getImageSha256())
          .setSplit(pair.getSplit() == Split.TRAIN ? HashSplit.TRAIN : HashSplit.HOLDOUT)
          .setRawPosition(pair.getRawPosition())
          .build();
    }
  }

  /** The pair with this id shall go. */
  record Deletion(String pairId, String source) implements Inspection {}

  /** It cannot enter, whatever else is known. */
  record Refused(
      RejectionReason reason, String detail, @Nullable String pairId, @Nullable String source)
      implements Inspection {}
}
