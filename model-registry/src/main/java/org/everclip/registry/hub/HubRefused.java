package org.everclip.registry.hub;

import org.jspecify.annotations.Nullable;

/** An error in the words that Hub clients understand. */
final class HubRefused extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String code;
  private final @Nullable String commit;

  private HubRefused(String code, String message, @Nullable String commit) {
    super(message);
    this.code = code;
    this.commit = commit;
  }

  static HubRefused noRepository() {
    return new HubRefused("RepoNotFound", "Repository not found", null);
  }

  static HubRefused noRevision() {
    return new HubRefused("RevisionNotFound", "Revision not found", null);
  }

  /** The commit lets clients remember the absence. */
  static HubRefused noEntry(String commit) {
    return new HubRefused("EntryNotFound", "Entry not found", commit);
  }

  String code() {
    return code;
  }

  @Nullable String commit() {
    return commit;
  }
}
