package org.everclip.registry.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.eclipse.jetty.io.EofException;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.registry.store.BlobRefused;
import org.everclip.registry.versions.RequestRefused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exceptions into problem JSON (RFC 9457). */
public final class Problems {

  private static final Logger log = LoggerFactory.getLogger(Problems.class);

  private Problems() {}

  /** Registers the handlers. */
  public static void register(JavalinConfig config) {
    config.routes.exception(
        RequestRefused.class, (e, ctx) -> answer(ctx, e.status(), String.valueOf(e.getMessage())));
    config.routes.exception(
        BlobRefused.class,
        (e, ctx) -> answer(ctx, status(e.kind()), String.valueOf(e.getMessage())));
    config.routes.exception(
        IllegalArgumentException.class,
        (e, ctx) -> answer(ctx, 422, String.valueOf(e.getMessage())));
    config.routes.exception(
        HttpResponseException.class,
        (e, ctx) -> answer(ctx, e.getStatus(), String.valueOf(e.getMessage())));
    config.routes.exception(EofException.class, (e, ctx) -> log.debug("client has gone", e));
    config.routes.exception(
        UncheckedIOException.class,
        (e, ctx) -> {
          log.error("{} {}", ctx.method(), ctx.path(), e);
          answer(ctx, 503, "a part that the registry needs does not answer; try again");
        });
    config.routes.exception(
        Exception.class,
        (e, ctx) -> {
          log.error("{} {}", ctx.method(), ctx.path(), e);
          answer(ctx, 500, "the registry failed; its log says why");
        });
  }

  private static int status(BlobRefused.Cause cause) {
    return switch (cause) {
      case TOO_LARGE -> 413;
      case OTHER_OFFSET -> 409;
      case WRONG_DIGEST, UNSAFE_CONTENT -> 422;
    };
  }

  private static void answer(Context ctx, int status, String detail) {
    if (ctx.res().isCommitted()) {
      return;
    }
    String retry = ctx.res().getHeader("Retry-After");
    ctx.res().reset();
    if (retry != null) {
      ctx.header("Retry-After", retry);
    }
    ctx.status(status);
    if (status == 401) {
      ctx.header("WWW-Authenticate", "Bearer");
    }
    ctx.contentType("application/problem+json");
    ctx.result(
        CanonicalJson.text(
            Map.of("type", "about:blank", "status", status, "detail", detail.strip())));
  }
}
