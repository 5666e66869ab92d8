package org.everclip.registry.api;

import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.time.Clock;
import java.util.Set;
import org.everclip.registry.store.AuditLog;
import org.everclip.registry.store.Tokens;
import org.everclip.registry.versions.RequestRefused;
import org.jspecify.annotations.Nullable;

/**
 * Lets only holders of a token write, not too often, and has every attempt written down. Wrong
 * tokens are counted by address, so that guessing is slow and does not fill the audit log.
 */
public final class WriteGuard {

  private static final String BEARER = "Bearer ";
  private static final String WHO = "everclip.who";
  private static final Set<HandlerType> READS =
      Set.of(HandlerType.GET, HandlerType.HEAD, HandlerType.OPTIONS);

  private final Tokens tokens;
  private final AuditLog audit;
  private final RateLimit writers;
  private final RateLimit strangers;

  public WriteGuard(Tokens tokens, AuditLog audit, Clock clock) {
    this.tokens = tokens;
    this.audit = audit;
    this.writers = new RateLimit(200, 2_000, clock);
    this.strangers = new RateLimit(1, 60, clock);
  }

  /** Before a request. */
  void admit(Context ctx) throws IOException {
    if (READS.contains(ctx.method())) {
      return;
    }
    String header = ctx.header("Authorization");
    String owner =
        header == null || !header.startsWith(BEARER)
            ? null
            : tokens.owner(header.substring(BEARER.length()).trim()).orElse(null);
    if (owner == null) {
      if (!strangers.allows(ctx.ip())) {
        throw tooMany(ctx);
      }
      ctx.attribute(WHO, "");
      throw new RequestRefused(401, "writing needs the registry's token as a bearer token");
    }
    if (!writers.allows(owner)) {
      throw tooMany(ctx);
    }
    ctx.attribute(WHO, owner);
  }

  /** After a request, also one that was refused. */
  void record(Context ctx) throws IOException {
    @Nullable String who = ctx.attribute(WHO);
    if (who != null) {
      audit.write(who, ctx.ip(), ctx.method().name(), ctx.path(), ctx.statusCode());
    }
  }

  private static RequestRefused tooMany(Context ctx) {
    ctx.header("Retry-After", "1");
    return new RequestRefused(429, "too many requests; try again in a second");
  }
}
