package org.everclip.registry.versions;

/** A request that the registry does not carry out; the message says why and what to do. */
public final class RequestRefused extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;

  public RequestRefused(int status, String message) {
    super(message);
    this.status = status;
  }

  public RequestRefused(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The refusal that a decision stands for. */
  public static RequestRefused of(Decision decision) {
    return new RequestRefused(
        switch (decision.verdict()) {
          case ACCEPTED -> throw new IllegalArgumentException("accepted");
          case INVALID -> 422;
          case ABSENT -> 404;
          case CONFLICT -> 409;
        },
        decision.detail());
  }
}
