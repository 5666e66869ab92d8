package org.everclip.registry.api;

import java.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How often each of many may do something: a burst, then so many a second. Thread-safe. */
final class RateLimit {

  private static final int MAX_KEYS = 10_000;

  private final double perSecond;
  private final double burst;
  private final Clock clock;
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

  private record Bucket(double left, long millis) {}

  RateLimit(double perSecond, double burst, Clock clock) {
    this.perSecond = perSecond;
    this.burst = burst;
    this.clock = clock;
  }

  /** Takes one; false when there is none left for that key. */
  boolean allows(String key) {
    long now = clock.millis();
    if (buckets.size() > MAX_KEYS) {
      buckets.values().removeIf(bucket -> filled(bucket, now) >= burst);
    }
    var allowed = new boolean[1];
    buckets.compute(
        key,
        (k, bucket) -> {
          double have = bucket == null ? burst : filled(bucket, now);
          allowed[0] = have >= 1;
          return new Bucket(allowed[0] ? have - 1 : have, now);
        });
    return allowed[0];
  }

  private double filled(Bucket bucket, long now) {
    double since = Math.max(0, now - bucket.millis()) / 1000.0;
    return Math.min(burst, bucket.left() + since * perSecond);
  }
}
