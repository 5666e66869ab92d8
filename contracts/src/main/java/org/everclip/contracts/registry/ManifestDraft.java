package org.everclip.contracts.registry;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher knows of a version; number, digests, time and signature are the registry's.
 * Fields as in {@link Manifest}.
 */
public record ManifestDraft(
    @Nullable Integer parent,
    int round,
    long steps,
    Map<String, Long> dataCursor,
    String reinforcementVersion,
    List<String> licences,
    Map<String, Object> details) {

  public ManifestDraft {
    dataCursor = Map.copyOf(dataCursor);
    licences = List.copyOf(licences);
    details = java.util.Collections.unmodifiableMap(new java.util.TreeMap<>(details));
  }
}
