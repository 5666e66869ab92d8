package org.everclip.dashboard.view;

/** Something that a request needs does not answer now; the message says what. */
final class AwayException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  AwayException(String message) {
    super(message);
  }
}
