package org.everclip.reinforce;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.everclip.service.ConfigException;

/** The setting {@code reinforce.backfillFrom}: which older pairs a changed recipe goes back to. */
final class BackfillFrom {

  private BackfillFrom() {}

  /**
   * The arrival time from which pairs are reinforced again.
   *
   * @param setting {@code none}, {@code all}, a time like {@code 2026-01-31T00:00:00Z}, or a
   *     duration before the change like {@code P30D}
   * @return empty for none
   * @throws ConfigException when it is none of these
   */
  static Optional<Instant> at(String setting, Instant change) {
    try {
      if (setting.equals("none")) {
        return Optional.empty();
      } else if (setting.equals("all")) {
        return Optional.of(Instant.EPOCH);
      } else if (setting.startsWith("P")) {
        Instant from = change.minus(Duration.parse(setting));
        return Optional.of(from.isBefore(Instant.EPOCH) ? Instant.EPOCH : from);
      }
      return Optional.of(Instant.parse(setting));
    } catch (DateTimeException | ArithmeticException e) {
      throw new ConfigException(
          "reinforce.backfillFrom must be none, all, a time like 2026-01-31T00:00:00Z or a duration"
              + " like P30D, but is '"
              + setting
              + "'",
          e);
    }
  }
}
