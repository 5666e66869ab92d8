package org.everclip.contracts.registry;

import java.util.List;

/**
 * The body of {@code POST /api/v1/models/MODEL/versions}.
 *
 * @param idempotencyKey the same key again returns the same version
 * @param actor who publishes, for the record
 */
public record PublishRequest(
    ManifestDraft draft, List<FileEntry> files, String idempotencyKey, String actor) {

  public PublishRequest {
    files = List.copyOf(files);
    if (idempotencyKey.isBlank() || idempotencyKey.length() > 200) {
      throw new IllegalArgumentException("idempotencyKey must have 1 to 200 characters");
    }
  }
}
