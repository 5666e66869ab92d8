package org.everclip.formats.weights;

import java.io.IOException;

/** A weight file that is not what it should be; the message says where and what. */
public final class WeightFileException extends IOException {
  private static final long serialVersionUID = 1L;

  public WeightFileException(String message) {
    super(message);
  }

  WeightFileException(String message, Throwable cause) {
    super(message, cause);
  }
}
