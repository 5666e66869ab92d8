package org.everclip.evaluation.role;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.evaluation.TaskOutcome.Judgement;

/** Per-sample verdicts as a registry blob: gzipped JSON, so that flips can be computed later. */
final class Predictions {

  private final RegistryClient registry;
  private final JsonMapper json = JsonMapper.builder().build();

  Predictions(RegistryClient registry) {
    this.registry = registry;
  }

  /** Stores the verdicts and returns the blob's digest. */
  String store(List<Judgement> judgements) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      json.writeValue(out, judgements);
    }
    return registry.putBlob(bytes.toByteArray());
  }

  List<Judgement> load(String sha256) throws IOException {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(registry.getBlob(sha256)))) {
      return List.of(json.readValue(in, Judgement[].class));
    }
  }
}
