package org.everclip.service;

import io.javalin.Javalin;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;

/** {@code /livez}, {@code /readyz} (503 with the reason) and {@code /metrics} on loopback. */
final class HealthServer implements AutoCloseable {

  private final Javalin server;

  HealthServer(int port, Health health, PrometheusMeterRegistry meters) {
    server =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  config.routes.get("/livez", ctx -> ctx.result("ok"));
                  config.routes.get(
                      "/readyz",
                      ctx ->
                          ctx.status(health.isReady() ? 200 : 503)
                              .result(health.isReady() ? "ok" : health.detail()));
                  config.routes.get("/metrics", ctx -> ctx.result(meters.scrape()));
                })
            .start("127.0.0.1", port);
  }

  @Override
  public void close() {
    server.stop();
  }
}
