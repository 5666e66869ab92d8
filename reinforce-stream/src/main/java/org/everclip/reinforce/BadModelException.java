package org.everclip.reinforce;

/** A model of the recipe cannot be right; trying again does not help. The message is for people. */
final class BadModelException extends RuntimeException {

  private static final long serialVersionUID = 1;

  BadModelException(String message) {
    super(message);
  }
}
