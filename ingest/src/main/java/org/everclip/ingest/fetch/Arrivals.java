package org.everclip.ingest.fetch;

import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.Health;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The share of pictures that arrive, by source, over its last so many pairs. A source that falls
 * below the floor pauses, and health says so with the commonest reason: a rate that collapses is
 * more often a resolver or network of ours than the web's, and what is fetched meanwhile would be
 * refused for nothing. After the pause a small sample is tried. Thread-safe.
 */
final class Arrivals {

  private static final Logger log = LoggerFactory.getLogger(Arrivals.class);

  /** Names come from outside: beyond so many they share one rate. */
  private static final int MAX_SOURCES = 50;

  private static final int SMALLEST_SAMPLE = 20;

  private final class Source {
    final ArrayDeque<Optional<RejectionReason>> last = new ArrayDeque<>();
    int arrived;
    int wanted = sample;
    Instant pausedUntil = Instant.MIN;

    double rate() {
      return last.isEmpty() ? Double.NaN : (double) arrived / last.size();
    }

    void add(Optional<RejectionReason> failure) {
      last.add(failure);
      arrived += failure.isEmpty() ? 1 : 0;
      if (last.size() > sample) {
        arrived -= last.remove().isEmpty() ? 1 : 0;
      }
    }

    String commonest() {
      var counts = new HashMap<RejectionReason, Integer>();
      last.forEach(failure -> failure.ifPresent(reason -> counts.merge(reason, 1, Integer::sum)));
      return counts.entrySet().stream()
          .max(Comparator.comparingInt(Map.Entry::getValue))
          .map(entry -> entry.getKey() + " (" + entry.getValue() + ")")
          .orElse("none");
    }
  }

  private final double floor;
  private final int sample;
  private final Duration pause;
  private final Clock clock;
  private final Health health;
  private final MeterRegistry meters;
  private final Map<String, Source> sources = new HashMap<>();

  Arrivals(EverclipConfig.Fetch settings, Clock clock, Health health, MeterRegistry meters) {
    this.floor = settings.minArrivalRate();
    this.sample = settings.arrivalSample();
    this.pause = settings.arrivalPause();
    this.clock = clock;
    this.health = health;
    this.meters = meters;
    meters.counter("everclip.fetch.pairs", "outcome", "arrived");
    meters.counter("everclip.fetch.pairs", "outcome", "failed");
  }

  /** How long fetches of the source have to wait; zero: not at all. */
  synchronized Duration pause(String name) {
    Duration left = Duration.between(clock.instant(), source(name).getValue().pausedUntil);
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** Notes an outcome; null: the picture arrived. */
  synchronized void note(String name, @Nullable RejectionReason failure) {
    meters
        .counter("everclip.fetch.pairs", "outcome", failure == null ? "arrived" : "failed")
        .increment();
    if (failure != null) {
      meters.counter("everclip.fetch.failed", "reason", failure.name()).increment();
    }
    Map.Entry<String, Source> entry = source(name);
    Source source = entry.getValue();
    if (clock.instant().isBefore(source.pausedUntil)) {
      // Was under way when the pause began: no sign of how it is after it.
      return;
    }
    source.add(Optional.ofNullable(failure));
    if (source.last.size() < source.wanted) {
      return;
    }
    String part = "arrival of " + entry.getKey();
    if (source.rate() >= floor) {
      source.wanted = sample;
      health.up(part);
      return;
    }
    String why =
        String.format(
            Locale.ROOT,
            "of the last %d pairs %d arrived (%.0f %%), below fetch.minArrivalRate %.0f %%; most"
                + " often %s. Paused for %s; look at `everclip rejected`, the resolver and the network",
            source.last.size(),
            source.arrived,
            100 * source.rate(),
            100 * floor,
            source.commonest(),
            pause);
    log.warn("{}: {}", part, why);
    health.down(part, why);
    source.pausedUntil = clock.instant().plus(pause);
    source.last.clear();
    source.arrived = 0;
    source.wanted = Math.min(sample, Math.max(SMALLEST_SAMPLE, sample / 10));
  }

  private Map.Entry<String, Source> source(String name) {
    String key = sources.containsKey(name) || sources.size() < MAX_SOURCES ? name : "other";
    Source source =
        sources.computeIfAbsent(
            key,
            fresh -> {
              var made = new Source();
              meters.gauge(
                  "everclip.fetch.arrival",
                  java.util.List.of(io.micrometer.core.instrument.Tag.of("source", fresh)),
                  made,
                  Source::rate);
              return made;
            });
    return Map.entry(key, source);
  }
}
