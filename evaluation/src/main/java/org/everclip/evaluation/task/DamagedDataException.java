package org.everclip.evaluation.task;

/** A sample that cannot be judged as it is; makes its task unavailable. */
public final class DamagedDataException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public DamagedDataException(String message) {
    super(message);
  }

  public DamagedDataException(String message, Throwable cause) {
    super(message, cause);
  }
}
