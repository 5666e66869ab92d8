package org.everclip.evaluation.role;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.avro.EvaluationResult;

/** Results in memory, by version and by group. Not thread-safe. */
final class KnownResults implements Results {

  private final Map<String, Map<Integer, Map<String, EvaluationResult>>> byVersion =
      new TreeMap<>();
  private final Map<String, Map<String, EvaluationResult>> byGroup = new TreeMap<>();
  private long changes;

  @Override
  public void add(EvaluationResult result) {
    String key = Results.key(result);
    byVersion
        .computeIfAbsent(result.getModel(), model -> new TreeMap<>())
        .computeIfAbsent(result.getVersion(), version -> new LinkedHashMap<>())
        .put(key, result);
    byGroup.computeIfAbsent(result.getGroup(), group -> new LinkedHashMap<>()).put(key, result);
    changes++;
  }

  @Override
  public Optional<EvaluationResult> find(String model, int version, String suite, String task) {
    return Optional.ofNullable(
        version(model, version).get(Results.key(model, version, suite, task)));
  }

  @Override
  public List<EvaluationResult> of(String model, int version) {
    return new ArrayList<>(version(model, version).values());
  }

  @Override
  public List<EvaluationResult> group(String group) {
    return new ArrayList<>(byGroup.getOrDefault(group, Map.of()).values());
  }

  @Override
  public long changes() {
    return changes;
  }

  private Map<String, EvaluationResult> version(String model, int version) {
    return byVersion.getOrDefault(model, Map.of()).getOrDefault(version, Map.of());
  }
}
