package org.everclip.trainer;

import java.lang.management.ManagementFactory;
import java.util.TreeMap;
import org.everclip.trainer.checkpoint.Spent;

/**
 * Assigns the time that passes to phases: whatever passed since the last look belongs to the phase
 * that is named at the next one, so nothing is lost between two phases. For one thread.
 */
final class RoundClock {

  /** Waiting for a batch. */
  static final String WAIT = "wait";

  static final String STEP = "step";
  static final String CHECKPOINT = "checkpoint";

  /** Undoing a bad batch. */
  static final String ROLLBACK = "rollback";

  /** Telling what was done, dealing the round's batches, and whatever lies between. */
  static final String OTHER = "other";

  private final com.sun.management.OperatingSystemMXBean system =
      ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
  private final TreeMap<String, Double> phases = new TreeMap<>();
  private long last = System.nanoTime();
  private long cpu = system.getProcessCpuTime();
  private long samples;

  /** Begins at zero; what had been counted is forgotten. */
  void begin() {
    phases.clear();
    samples = 0;
    last = System.nanoTime();
    cpu = system.getProcessCpuTime();
  }

  /** Ends a phase; returns its seconds. */
  double lap(String phase) {
    long now = System.nanoTime();
    double seconds = (now - last) * 1e-9;
    last = now;
    phases.merge(phase, seconds, Double::sum);
    return seconds;
  }

  void samples(int more) {
    samples += more;
  }

  /** What has been counted since the last {@link #begin} or take; counting goes on from zero. */
  Spent take() {
    long now = system.getProcessCpuTime();
    var spent = new Spent(phases, (now - cpu) * 1e-9, samples);
    cpu = now;
    phases.clear();
    samples = 0;
    return spent;
  }
}
