package org.everclip.service;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Whether a role can do its work, part by part. A role is ready when {@link #ready()} has been
 * called and no part is in trouble. Thread-safe.
 */
public final class Health {

  private final Map<String, String> troubles = new ConcurrentHashMap<>();
  private volatile boolean started;

  /** The role has finished its start. */
  public void ready() {
    started = true;
  }

  /** A part works (again). */
  public void up(String part) {
    troubles.remove(part);
  }

  /** A part does not work; the detail says why and what to do. */
  public void down(String part, String detail) {
    troubles.put(part, detail);
  }

  public boolean isReady() {
    return started && troubles.isEmpty();
  }

  /** What is wrong, in words; empty when nothing is. */
  public String detail() {
    if (!started) {
      return "starting" + (troubles.isEmpty() ? "" : " " + new TreeMap<>(troubles));
    }
    return troubles.isEmpty() ? "" : new TreeMap<>(troubles).toString();
  }
}
