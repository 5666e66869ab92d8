package org.everclip.contracts.registry;

/** The registry refused, or could not be reached; the status is 0 when there was no answer. */
public final class RegistryException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;

  RegistryException(int status, String message) {
    super(message);
    this.status = status;
  }

  RegistryException(String message, Throwable cause) {
    super(message, cause);
    this.status = 0;
  }

  /** The HTTP status, or 0. */
  public int status() {
    return status;
  }
}
