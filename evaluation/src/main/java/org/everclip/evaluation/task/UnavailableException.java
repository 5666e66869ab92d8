package org.everclip.evaluation.task;

/** A task cannot be measured here; the message says why and what would change that. */
public final class UnavailableException extends Exception {

  private static final long serialVersionUID = 1;

  public UnavailableException(String message) {
    super(message);
  }
}
