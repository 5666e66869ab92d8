package org.everclip.evaluation.continual;

import java.util.Comparator;

/** Periods by time: {@code p-before} first, then years or dates, whose ids sort as they are. */
public final class PeriodOrder {

  /** The order of period ids. */
  public static final Comparator<String> BY_TIME =
      Comparator.comparing((String period) -> !period.equals("p-before"))
          .thenComparing(Comparator.naturalOrder());

  private PeriodOrder() {}
}
