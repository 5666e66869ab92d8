package org.everclip.registry.store;

import java.io.IOException;

/** The bytes are not what the uploader said, or not what the registry takes. */
public final class BlobRefused extends IOException {

  private static final long serialVersionUID = 1;

  /** Why, because the HTTP status follows from it. */
  public enum Cause {
    TOO_LARGE,
    WRONG_DIGEST,
    /** An upload is continued where it is not. */
    OTHER_OFFSET,
    UNSAFE_CONTENT
  }

  private final Cause kind;

  BlobRefused(Cause kind, String message) {
    super(message);
    this.kind = kind;
  }

  public Cause kind() {
    return kind;
  }
}
