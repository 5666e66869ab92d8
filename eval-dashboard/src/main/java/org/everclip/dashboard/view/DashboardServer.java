package org.everclip.dashboard.view;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.NotFoundResponse;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.search.QueryTowers;
import org.everclip.dashboard.search.SearchUnavailableException;
import org.everclip.dashboard.search.StreamSearch;
import org.everclip.dashboard.search.TeacherTowers;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The page and its JSON API on loopback: reads only, no secrets, nothing from other hosts. */
public final class DashboardServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DashboardServer.class);
  private static final String POLICY =
      "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
          + " form-action 'none'; frame-ancestors 'none'";
  private static final int MAX_ITEMS = 100;
  private static final int MAX_VERSIONS = 1000;
  private static final int MAX_QUERY_CHARS = 1000;
  private static final long MAX_QUERY_BYTES = 20 << 20;

  private final JsonMapper json =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .build();
  private final Assets assets = new Assets();
  private final OverviewView overview;
  private final SamplesView samples;
  private final Pictures pictures;
  private final TrainingView training;
  private final VersionsView versions;
  private final BenchmarksView benchmarks;
  private final CompareView compare;
  private final QueryTowers towers;
  private final SearchView search;
  private final Changes changes;
  private final Javalin http;

  private DashboardServer(EverclipConfig config, ReadModel model, Clock clock) {
    var decisions = new Decisions(model, config.evaluation().promotion().alias());
    overview = new OverviewView(model, new Troubles(model, clock), decisions, links(config), clock);
    samples = new SamplesView(model);
    pictures = new Pictures(model);
    training = new TrainingView(model);
    versions = new VersionsView(model, decisions, config.registry().organization() + "/");
    benchmarks = new BenchmarksView(model, decisions);
    compare = new CompareView(model, benchmarks, decisions);
    String teacher = config.dashboard().searchModel();
    towers = new TeacherTowers(teacher.isBlank() ? null : config.inProgram(teacher));
    search = new SearchView(new StreamSearch(model, towers));
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
   */
  public static DashboardServer start(
      EverclipConfig config, ReadModel model, int port, Clock clock) {
    var server = new DashboardServer(config, model, clock);
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
    towers.close();
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
    routes.get("/api/v1/overview", ctx -> answer(ctx, overview.overview()));
    routes.get("/api/v1/samples", this::samples);
    routes.get("/api/v1/samples/{pairId}/image", ctx -> picture(ctx, image(ctx)));
    routes.get("/api/v1/samples/{pairId}/crop/{file}", ctx -> picture(ctx, crop(ctx)));
    routes.get("/api/v1/training", ctx -> answer(ctx, training.runs()));
    routes.get(
        "/api/v1/versions",
        ctx -> answer(ctx, versions.versions(number(ctx, "limit", 100, MAX_VERSIONS))));
    routes.get(
        "/api/v1/benchmarks",
        ctx -> answer(ctx, benchmarks.matrices(number(ctx, "limit", 20, MAX_VERSIONS))));
    routes.get("/api/v1/compare", this::compare);
    routes.get(
        "/api/v1/benchmarks.csv",
        ctx -> csv(ctx, "benchmarks", CsvExport.benchmarks(benchmarks.matrices(MAX_VERSIONS))));
    routes.get(
        "/api/v1/training.csv", ctx -> csv(ctx, "training", CsvExport.training(training.runs())));
    routes.get("/api/v1/search", this::searchText);
    routes.post("/api/v1/search", this::searchImage);
    routes.exception(
        SearchUnavailableException.class,
        (e, ctx) -> problem(ctx, 503, String.valueOf(e.getMessage())));
    routes.sse("/api/v1/events", changes::join);
    routes.exception(
        HttpResponseException.class,
        (e, ctx) -> problem(ctx, e.getStatus(), String.valueOf(e.getMessage())));
    routes.exception(
        IllegalArgumentException.class,
        (e, ctx) -> problem(ctx, 422, String.valueOf(e.getMessage())));
    routes.exception(EofException.class, (e, ctx) -> log.debug("client has gone", e));
    routes.exception(
        Exception.class,
        (e, ctx) -> {
          log.error("{} {}", ctx.method(), ctx.path(), e);
          problem(ctx, 500, "the dashboard failed; its log says why");
        });
  }

  private static void protect(Context ctx) {
    ctx.header("Content-Security-Policy", POLICY);
    ctx.header("X-Content-Type-Options", "nosniff");
    ctx.header("Referrer-Policy", "no-referrer");
    ctx.header("Cross-Origin-Resource-Policy", "same-origin");
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

  private void samples(Context ctx) {
    String kind = ctx.queryParam("kind");
    int offset = number(ctx, "offset", 0, Integer.MAX_VALUE);
    int limit = number(ctx, "limit", 24, MAX_ITEMS);
    String source = ctx.queryParam("source");
    if (kind == null || kind.equals("reinforced")) {
      answer(
          ctx,
          samples.reinforced(
              source, ctx.queryParam("period"), ctx.queryParam("split"), offset, limit));
    } else if (kind.equals("rejected")) {
      answer(ctx, samples.rejected(ctx.queryParam("reason"), source, offset, limit));
    } else {
      throw new IllegalArgumentException("kind is reinforced or rejected, but got '" + kind + "'");
    }
  }

  private void compare(Context ctx) {
    String name = ctx.queryParam("model");
    if (name == null) {
      throw new IllegalArgumentException("say which model, first and second version");
    }
    int first = number(ctx, "first", 0, Integer.MAX_VALUE);
    int second = number(ctx, "second", 0, Integer.MAX_VALUE);
    CompareView.Comparison comparison =
        compare
            .compare(name, first, second)
            .orElseThrow(() -> new NotFoundResponse("one of these versions is not known"));
    answer(ctx, comparison);
  }

  private void searchText(Context ctx) {
    String text = ctx.queryParam("text");
    if (text == null || text.isBlank() || text.length() > MAX_QUERY_CHARS) {
      throw new IllegalArgumentException(
          "text is what to search for, 1 to " + MAX_QUERY_CHARS + " characters");
    }
    answer(ctx, search.byText(text, number(ctx, "limit", 24, MAX_ITEMS)));
  }

  /** The content type keeps pages of other hosts from asking: browsers would ask us first. */
  private void searchImage(Context ctx) {
    String type = ctx.contentType();
    if (type == null || !type.startsWith("image/")) {
      throw new IllegalArgumentException("send the picture itself, as image/jpeg or alike");
    }
    answer(ctx, search.byImage(ctx.bodyAsBytes(), number(ctx, "limit", 24, MAX_ITEMS)));
  }

  private static void csv(Context ctx, String name, String text) {
    ctx.header("Content-Disposition", "attachment; filename=\"everclip-" + name + ".csv\"");
    ctx.contentType("text/csv; charset=utf-8").result(text);
  }

  private Optional<Pictures.Picture> image(Context ctx) {
    return pictures.image(ctx.pathParam("pairId"));
  }

  private Optional<Pictures.Picture> crop(Context ctx) {
    String file = ctx.pathParam("file");
    if (!file.matches("\\d{1,4}\\.png")) {
      throw new NotFoundResponse("crops are named 0.png, 1.png and so on");
    }
    int index = Integer.parseInt(file.substring(0, file.indexOf('.')));
    return pictures.crop(ctx.pathParam("pairId"), index);
  }

  private static void picture(Context ctx, Optional<Pictures.Picture> picture) {
    Pictures.Picture found =
        picture.orElseThrow(
            () -> new NotFoundResponse("this pair is not among the newest any more, or deleted"));
    ctx.header("Cache-Control", "private, max-age=600");
    ctx.contentType(found.type()).result(found.bytes());
  }

  private static int number(Context ctx, String name, int otherwise, int max) {
    @Nullable String text = ctx.queryParam(name);
    if (text == null) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text);
      if (value >= 0) {
        return Math.min(value, max);
      }
    } catch (NumberFormatException e) {
      log.debug("no number", e);
    }
    throw new IllegalArgumentException(
        name + " must be a whole number from 0 on, but got '" + text + "'");
  }

  private void answer(Context ctx, Object value) {
    try {
      ctx.contentType("application/json").result(json.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private void problem(Context ctx, int status, String detail) {
    if (ctx.res().isCommitted()) {
      return;
    }
    ctx.status(status);
    answer(ctx, Map.of("type", "about:blank", "status", status, "detail", detail));
    ctx.contentType("application/problem+json");
  }
}
