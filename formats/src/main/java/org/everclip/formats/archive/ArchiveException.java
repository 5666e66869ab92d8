package org.everclip.formats.archive;

import java.io.IOException;

/** A container that is broken or lies about itself; the message says where and what. */
public final class ArchiveException extends IOException {
  private static final long serialVersionUID = 1L;

  public ArchiveException(String message) {
    super(message);
  }

  ArchiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
