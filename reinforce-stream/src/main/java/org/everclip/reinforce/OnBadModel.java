package org.everclip.reinforce;

import java.util.Locale;
import org.everclip.service.ConfigException;

/** What happens when {@link ModelWatch} finds that a model of the recipe cannot be right. */
public enum OnBadModel {
  /** The job ends with the message and is not restarted; nothing is lost. */
  STOP,
  /** Pairs are refused with the message until the model's figures are right again. */
  QUARANTINE,
  /** The message is logged and counted; records are written as ever. */
  REPORT;

  /**
   * The value of {@code reinforce.onBadModel}.
   *
   * @throws ConfigException when there is no such choice
   */
  static OnBadModel of(String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          "reinforce.onBadModel must be stop, quarantine or report, but is '" + name + "'", e);
    }
  }
}
