package org.everclip.contracts;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Assigns a pair to its period from the event time, or from the arrival time where that is absent
 * or implausible (before the earliest, or after the arrival).
 *
 * @param boundaries UTC starts of periods, ascending; empty means calendar years
 * @param earliest event times before this are implausible
 */
public record Periods(List<Instant> boundaries, Instant earliest) {

  private static final String BEFORE = "p-before";

  /** Periods' ids by time: {@code p-before} first, then years or dates, which sort as they are. */
  public static final Comparator<String> BY_TIME =
      Comparator.comparing((String period) -> !period.equals(BEFORE))
          .thenComparing(Comparator.naturalOrder());

  public Periods {
    boundaries = List.copyOf(boundaries);
    for (int i = 1; i < boundaries.size(); i++) {
      if (!boundaries.get(i - 1).isBefore(boundaries.get(i))) {
        throw new IllegalArgumentException("gate.periods must ascend, but has " + boundaries);
      }
    }
  }

  /** Was the event time taken, or the arrival instead? */
  public boolean plausible(@Nullable Instant eventTime, Instant arrival) {
    return eventTime != null && !eventTime.isBefore(earliest) && !eventTime.isAfter(arrival);
  }

  /**
   * The period's id: the year, or {@code p-START} with the date of the boundary, {@code p-before}.
   */
  public String periodId(@Nullable Instant eventTime, Instant arrival) {
    Instant time = eventTime != null && plausible(eventTime, arrival) ? eventTime : arrival;
    if (boundaries.isEmpty()) {
      return Integer.toString(time.atZone(ZoneOffset.UTC).getYear());
    }
    String id = BEFORE;
    for (Instant boundary : boundaries) {
      if (!time.isBefore(boundary)) {
        id = "p-" + boundary.toString().substring(0, 10);
      }
    }
    return id;
  }
}
