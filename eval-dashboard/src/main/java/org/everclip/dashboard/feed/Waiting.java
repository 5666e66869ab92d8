package org.everclip.dashboard.feed;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What one part of the flow has not done yet.
 *
 * @param oldest when the oldest of it came; null when nothing waits
 */
public record Waiting(long count, @Nullable Instant oldest) {

  /** Nothing waits. */
  public static final Waiting NOTHING = new Waiting(0, null);
}
