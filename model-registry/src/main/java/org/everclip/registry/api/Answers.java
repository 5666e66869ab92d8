package org.everclip.registry.api;

import io.javalin.http.Context;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.registry.versions.RequestRefused;
import org.jspecify.annotations.Nullable;

/** How the native API reads numbers and answers. */
final class Answers {

  private Answers() {}

  static void json(Context ctx, int status, Object body) {
    ctx.status(status).contentType("application/json").result(CanonicalJson.text(body));
  }

  /** A number of the query or the default; refused outside of its range. */
  static int number(Context ctx, String name, int otherwise, int least, int most) {
    @Nullable String text = ctx.queryParam(name);
    if (text == null) {
      return otherwise;
    }
    if (!text.matches("[0-9]{1,9}")
        || Integer.parseInt(text) < least
        || Integer.parseInt(text) > most) {
      throw new RequestRefused(422, name + " has to be a number of " + least + " to " + most);
    }
    return Integer.parseInt(text);
  }
}
