package org.everclip.dashboard.search;

/** Brings queries into the space of one teacher. Thread-safe. */
public interface QueryTowers extends AutoCloseable {

  /** What the operator called the model. */
  String name();

  /**
   * The teacher's id as records name it: name@digest.
   *
   * @throws SearchUnavailableException when there is no such model
   */
  String spaceId();

  /** A vector of length 1. */
  float[] text(String text);

  /**
   * A vector of length 1.
   *
   * @throws IllegalArgumentException when the bytes are no picture that the gate would take
   */
  float[] image(byte[] encoded);

  @Override
  void close();
}
