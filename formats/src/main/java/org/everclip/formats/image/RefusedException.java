package org.everclip.formats.image;

/** Carries a refusal out of the parsers; never leaves this package. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  RefusedException(Reason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  Refused toResult() {
    return new Refused(reason, String.valueOf(getMessage()));
  }
}
