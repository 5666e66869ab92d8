package org.everclip.ingest.produce;

import org.everclip.contracts.avro.ImageTextPair;

/** What was found at one place of a source. */
public sealed interface Offer {

  /** A pair to send. */
  record Pair(ImageTextPair pair) implements Offer {}

  /**
   * Nothing to send.
   *
   * @param reason a word or two, the same for all such cases, to be counted
   * @param detail where and what, for people
   */
  record Skipped(String reason, String detail) implements Offer {}
}
