package org.everclip.dashboard.view;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.NotFoundResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.StoredPairs;
import org.everclip.dashboard.search.SearchUnavailableException;
import org.everclip.dashboard.search.StreamSearch;
import org.everclip.dashboard.search.TeacherTowers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The page and its JSON API on loopback: reads only, but for sending refused records again, which
 * wants a token; nothing from other hosts.
 */
public final class DashboardServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DashboardServer.class);
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'";
  private static final long MAX_QUERY_BYTES = 20 << 20;

  private final Assets assets = new Assets();
  private final Answers answers = new Answers();
  private final OverviewView overview;
  private final StreamApi stream;
  private final ModelApi models;
  private final List<TeacherTowers> towers;
  private final StoredPairs pairs;
  private final Changes changes;
  private final Javalin http;

  private DashboardServer(EverclipConfig config, ReadModel model, Clock clock) throws IOException {
    var decisions = new Decisions(model, config.evaluation().promotion().alias());
    overview = new OverviewView(model, new Troubles(model, clock), decisions, links(config), clock);
    pairs = new StoredPairs(config, model);
    towers =
        config.dashboard().searchModels().stream()
            .map(teacher -> new TeacherTowers(config.inProgram(teacher)))
            .toList();
    stream =
        new StreamApi(config, model, pairs, new StreamSearch(model.vectors(), towers), answers);
    models = new ModelApi(config, model, decisions, pairs, answers);
    changes = new Changes(model);
    http =
        Javalin.create(
            server -> {
              server.startup.showJavalinBanner = false;
              server.http.maxRequestSize = MAX_QUERY_BYTES;
              server.jetty.threadPool = new QueuedThreadPool(32, 4);
              routes(server.routes);
            });
  }

  /**
   * Starts to serve.
   *
   * @param port 0 for a free one
   * @throws io.javalin.util.JavalinBindException when the port is taken
   * @throws UncheckedIOException when the token's file cannot be made or read
   */
  public static DashboardServer start(
      EverclipConfig config, ReadModel model, int port, Clock clock) {
    DashboardServer server;
    try {
      server = new DashboardServer(config, model, clock);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      server.http.start("127.0.0.1", port);
    } catch (RuntimeException e) {
      server.changes.close();
      throw e;
    }
    return server;
  }

  public int port() {
    return http.port();
  }

  @Override
  public void close() {
    changes.close();
    http.stop();
    towers.forEach(TeacherTowers::close);
    pairs.close();
  }

  private static Map<String, String> links(EverclipConfig config) {
    var links = new LinkedHashMap<String, String>();
    if (config.reinforce().uiPort() > 0) {
      links.put("Flink's own page", "http://127.0.0.1:" + config.reinforce().uiPort() + "/");
    }
    links.put("Registry API", config.registry().url() + "/api/v1/models");
    return links;
  }

  private void routes(RoutesConfig routes) {
    routes.before(DashboardServer::protect);
    routes.get("/", ctx -> asset(ctx, "index.html"));
    routes.get("/assets/{name}", ctx -> asset(ctx, ctx.pathParam("name")));
    routes.get("/favicon.ico", ctx -> asset(ctx, "icon.svg"));
    routes.get("/api/v1/overview", ctx -> answers.json(ctx, overview.overview()));
    stream.routes(routes);
    models.routes(routes);
    routes.sse("/api/v1/events", changes::join);
    routes.exception(
        SearchUnavailableException.class,
        (e, ctx) -> answers.problem(ctx, 503, String.valueOf(e.getMessage())));
    routes.exception(
        HttpResponseException.class,
        (e, ctx) -> answers.problem(ctx, e.getStatus(), String.valueOf(e.getMessage())));
    routes.exception(
        IllegalArgumentException.class,
        (e, ctx) -> answers.problem(ctx, 422, String.valueOf(e.getMessage())));
    routes.exception(EofException.class, (e, ctx) -> log.debug("client has gone", e));
    routes.exception(
        Exception.class,
        (e, ctx) -> {
          log.error("{} {}", ctx.method(), ctx.path(), e);
          answers.problem(ctx, 500, "the dashboard failed; its log says why");
        });
  }

  private static void protect(Context ctx) {
    ctx.header("Content-Security-Policy", POLICY);
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
    ctx.header("Cross-Origin-Opener-Policy", "same-origin");
    ctx.header("Cache-Control", "no-store");
  }

  private void asset(Context ctx, String name) {
    Assets.Asset asset =
        assets.find(name).orElseThrow(() -> new NotFoundResponse("there is no file " + name));
    ctx.header("Cache-Control", "no-cache");
    ctx.header("ETag", asset.tag());
    if (asset.tag().equals(ctx.header("If-None-Match"))) {
      ctx.status(304);
      return;
    }
    ctx.contentType(asset.type()).result(asset.bytes());
  }
}
