package org.everclip.formats.shard;

import java.io.IOException;

/** A shard that is damaged or no tar at all; the message names file, position and trouble. */
public final class ShardException extends IOException {
  private static final long serialVersionUID = 1L;

  ShardException(String message) {
    super(message);
  }

  public ShardException(String message, Throwable cause) {
    super(message, cause);
  }
}
