package org.everclip.bench;

/** A side of a comparison: runs a case once and says how long it took. */
interface Timed {

  /** Seconds of the clock and of the processor. */
  record Time(double wall, double cpu) {}

  Time run(SpeedCase one);
}
