package org.everclip.platform;

/** An answer that is an error, in Confluent's numbering. */
final class RestError extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;
  private final int code;

  RestError(int status, int code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  int status() {
    return status;
  }

  int code() {
    return code;
  }

  static RestError noSubject(String subject) {
    return new RestError(404, 40401, "Subject '" + subject + "' not found.");
  }

  static RestError noVersion(String version) {
    return new RestError(404, 40402, "Version " + version + " not found.");
  }

  static RestError noSchema(String what) {
    return new RestError(404, 40403, "Schema " + what + " not found.");
  }
}
