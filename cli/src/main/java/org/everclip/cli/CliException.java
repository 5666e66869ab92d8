package org.everclip.cli;

/** Ends a command with exit code 1; the message says what happened and what to do. */
final class CliException extends RuntimeException {

  private static final long serialVersionUID = 1;

  CliException(String message) {
    super(message);
  }

  CliException(String message, Throwable cause) {
    super(message, cause);
  }
}
