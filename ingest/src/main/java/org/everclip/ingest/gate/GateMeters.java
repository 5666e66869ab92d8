package org.everclip.ingest.gate;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.contracts.avro.RejectionReason;
import org.jspecify.annotations.Nullable;

/**
 * The gate's counters. They count decisions of this process, so a decision that is taken again
 * after a crash counts again: {@code reconcile} compares the records themselves. Thread-safe.
 */
public final class GateMeters {

  /** Names come from outside: beyond so many they share one counter. */
  private static final int MAX_SOURCES = 50;

  private final MeterRegistry registry;
  private final Map<String, String> sources = new ConcurrentHashMap<>();
  private final Map<String, Counter> counters = new ConcurrentHashMap<>();

  public GateMeters(MeterRegistry registry) {
    this.registry = registry;
    for (String outcome : new String[] {"accepted", "rejected", "duplicate"}) {
      registry.counter("everclip.gate.pairs", "outcome", outcome);
    }
  }

  /** Tells which evaluation pictures are kept out. */
  void evaluation(EvaluationHashes hashes) {
    registry.gauge(
        "everclip.gate.evaluation.pictures",
        Tags.of("version", hashes.version()),
        hashes,
        EvaluationHashes::size);
  }

  void accepted(String source) {
    count("accepted", source);
  }

  void deleted() {
    counter("everclip.gate.deleted").increment();
  }

  void rejected(RejectionReason reason, @Nullable String source) {
    boolean duplicate =
        reason == RejectionReason.DUPLICATE_EXACT || reason == RejectionReason.DUPLICATE_NEAR;
    count(duplicate ? "duplicate" : "rejected", source == null ? "unknown" : source);
    counter("everclip.gate.rejected", "reason", reason.name()).increment();
  }

  private void count(String outcome, String source) {
    counter("everclip.gate.pairs", "outcome", outcome).increment();
    String name =
        sources.size() < MAX_SOURCES
            ? sources.computeIfAbsent(source, key -> key)
            : sources.getOrDefault(source, "other");
    counter("everclip.gate.source.pairs", "outcome", outcome, "source", name).increment();
  }

  /** Kept, because the registry sorts and joins tags anew at each question. */
  private Counter counter(String meter, String... tags) {
    return counters.computeIfAbsent(
        meter + Arrays.toString(tags), key -> registry.counter(meter, tags));
  }
}
