package org.everclip.contracts;

/** The bytes are not the record they should be; reading them again will not help. */
public final class MalformedRecordException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public MalformedRecordException(String message) {
    super(message);
  }

  public MalformedRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}
