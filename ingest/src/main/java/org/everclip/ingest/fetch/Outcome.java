package org.everclip.ingest.fetch;

/** What became of a pair's address. */
sealed interface Outcome {

  /**
   * The picture is here.
   *
   * @param other it is not the picture that the pair's checksum names
   */
  record Arrived(Parking.Parked bytes, String address, boolean other) implements Outcome {}

  /** It will not come. */
  record Missing(FetchFailure failure) implements Outcome {}
}
