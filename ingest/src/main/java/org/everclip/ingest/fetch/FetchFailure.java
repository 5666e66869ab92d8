package org.everclip.ingest.fetch;

import org.everclip.contracts.avro.RejectionReason;

/** Why a picture did not arrive, as the reason of a rejection; has no stack trace. */
final class FetchFailure extends Exception {

  private static final long serialVersionUID = 1;

  private final RejectionReason reason;
  private final boolean passing;
  private final long waitMillis;

  private FetchFailure(RejectionReason reason, String detail, boolean passing, long waitMillis) {
    super(detail, null, false, false);
    this.reason = reason;
    this.passing = passing;
    this.waitMillis = waitMillis;
  }

  /** It will be the same the next time. */
  static FetchFailure lasting(RejectionReason reason, String detail) {
    return new FetchFailure(reason, detail, false, 0);
  }

  /** It may be better the next time. */
  static FetchFailure passing(RejectionReason reason, String detail) {
    return new FetchFailure(reason, detail, true, 0);
  }

  /** It may be better, but the server asks for so much time. */
  static FetchFailure passing(RejectionReason reason, String detail, long waitMillis) {
    return new FetchFailure(reason, detail, true, waitMillis);
  }

  RejectionReason reason() {
    return reason;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  boolean isPassing() {
    return passing;
  }

  long waitMillis() {
    return waitMillis;
  }
}
