package org.everclip.evaluation.role;

import java.io.IOException;

/** A version's files came whole and are no model that this program can run. */
final class BrokenModelException extends IOException {

  private static final long serialVersionUID = 1;

  BrokenModelException(String label, Exception cause) {
    super("the model of %s cannot be loaded: %s".formatted(label, cause.getMessage()), cause);
  }
}
