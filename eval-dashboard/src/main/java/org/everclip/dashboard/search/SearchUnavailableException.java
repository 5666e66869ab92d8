package org.everclip.dashboard.search;

/** The stream cannot be searched; the message says why and what to do. */
public final class SearchUnavailableException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  SearchUnavailableException(String message) {
    super(message);
  }

  SearchUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
