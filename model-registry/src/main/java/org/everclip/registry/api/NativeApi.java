package org.everclip.registry.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.MoveRequest;
import org.everclip.contracts.registry.PublishRequest;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.Decision;
import org.everclip.registry.versions.Evaluations;
import org.everclip.registry.versions.ModelState;
import org.everclip.registry.versions.Publisher;
import org.everclip.registry.versions.RequestRefused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /api/v1}: reading is open (the server listens on loopback), writing needs the token.
 * Whatever a client names is looked up among what was published; nothing becomes a path.
 */
public final class NativeApi {

  private static final Logger log = LoggerFactory.getLogger(NativeApi.class);
  private static final int MAX_REASON = 2_000;
  private static final int MAX_LIST = 10_000;

  private final CommandLog commands;
  private final Publisher publisher;
  private final Catalog catalog;
  private final WriteGuard guard;
  private final EventStream events;
  private final Counter publishes;

  public NativeApi(
      CommandLog commands,
      Publisher publisher,
      Evaluations evaluations,
      DownloadCounts downloads,
      WriteGuard guard,
      EventStream events,
      MeterRegistry meters) {
    this.commands = commands;
    this.publisher = publisher;
    this.catalog = new Catalog(commands.view(), evaluations, downloads);
    this.guard = guard;
    this.events = events;
    this.publishes = Counter.builder("everclip.registry.publishes").register(meters);
  }

  /** Adds the routes. */
  public void register(JavalinConfig config) {
    var routes = config.routes;
    routes.before("/api/v1/*", this::admit);
    routes.after("/api/v1/*", guard::record);
    routes.get("/api/v1/models", this::models);
    routes.get("/api/v1/search", this::search);
    routes.get("/api/v1/models/{model}", ctx -> json(ctx, 200, catalog.model(model(ctx))));
    routes.get("/api/v1/models/{model}/compare", this::compare);
    routes.get("/api/v1/models/{model}/versions", this::versions);
    routes.post("/api/v1/models/{model}/versions", this::publish);
    routes.get("/api/v1/models/{model}/versions/{ref}", this::version);
    routes.post("/api/v1/models/{model}/versions/{ref}/retire", this::retire);
    routes.get(
        "/api/v1/models/{model}/aliases",
        ctx -> json(ctx, 200, Map.of("aliases", model(ctx).aliases())));
    routes.put("/api/v1/models/{model}/aliases/{alias}", this::moveAlias);
    routes.get("/api/v1/models/{model}/aliases/{alias}/history", this::history);
    routes.sse("/api/v1/events", events::join);
  }

  private void admit(Context ctx) throws IOException {
    guard.admit(ctx);
    if (!commands.isReady()) {
      throw new RequestRefused(503, "the registry is still reading its log; try again");
    }
  }

  private void models(Context ctx) {
    json(
        ctx, 200, Map.of("models", commands.view().models().stream().map(catalog::model).toList()));
  }

  /**
   * All manifests, oldest first; with {@code after} and {@code limit} some of them; with {@code
   * summary=true} in short and newest first, with {@code before} and {@code limit}.
   */
  private void versions(Context ctx) {
    ModelState model = model(ctx);
    if ("true".equals(ctx.queryParam("summary"))) {
      int before = Answers.number(ctx, "before", Integer.MAX_VALUE, 1, 999_999_999);
      int limit = Answers.number(ctx, "limit", 100, 1, MAX_LIST);
      ctx.contentType("application/json").result(catalog.versions(model, before, limit));
      return;
    }
    int after = Answers.number(ctx, "after", 0, 0, 999_999_999);
    int limit = Answers.number(ctx, "limit", Integer.MAX_VALUE - after, 1, 1_000);
    int last = (int) Math.min(model.versions().size(), (long) after + limit);
    List<VersionInfo> some = IntStream.rangeClosed(after + 1, last).mapToObj(model::info).toList();
    json(ctx, 200, Map.of("versions", some));
  }

  private void search(Context ctx) {
    String words = ctx.queryParam("q");
    int limit = Answers.number(ctx, "limit", 100, 1, 1_000);
    json(
        ctx,
        200,
        Map.of(
            "versions",
            catalog.search(words == null ? "" : words, ctx.queryParam("model"), limit)));
  }

  private void compare(Context ctx) {
    ModelState model = model(ctx);
    String from = ctx.queryParam("from");
    String to = ctx.queryParam("to");
    if (from == null || to == null) {
      throw new RequestRefused(422, "compare needs from and to: versions, aliases or commits");
    }
    json(ctx, 200, catalog.compare(model, resolve(model, from), resolve(model, to)));
  }

  private void version(Context ctx) {
    ModelState model = model(ctx);
    json(ctx, 200, model.info(resolve(model, ctx.pathParam("ref"))));
  }

  private void publish(Context ctx) throws IOException {
    var request = CanonicalJson.read(ctx.body(), PublishRequest.class);
    String model = ctx.pathParam("model");
    int version = publisher.publish(model, request);
    publishes.increment();
    log.info(
        "audit: {} published {} v{} from {}", plain(request.actor()), model, version, ctx.ip());
    ModelState state = commands.view().model(model).orElseThrow();
    json(ctx, 201, state.info(version), version);
  }

  private void moveAlias(Context ctx) {
    var request = CanonicalJson.read(ctx.body(), MoveRequest.class);
    ModelEvent.Builder command = command(ctx, ModelEventKind.MOVE_ALIAS, request);
    command.setAlias(ctx.pathParam("alias")).setExpectedVersion(request.expected());
    carryOut(ctx, command.build());
  }

  private void retire(Context ctx) {
    var request = CanonicalJson.read(ctx.body(), MoveRequest.class);
    if (!ctx.pathParam("ref").equals("v" + request.version())) {
      throw new RequestRefused(422, "address and body name different versions");
    }
    carryOut(ctx, command(ctx, ModelEventKind.RETIRE, request).build());
  }

  private ModelEvent.Builder command(Context ctx, ModelEventKind kind, MoveRequest request) {
    String key = ctx.header("Idempotency-Key");
    String model = ctx.pathParam("model");
    return ModelEvent.newBuilder()
        .setCommandId(
            Publisher.commandId(
                kind.name(), model, key == null ? UUID.randomUUID().toString() : key))
        .setKind(kind)
        .setModel(model(ctx).name())
        .setVersion(request.version())
        .setActor(plain(request.actor()))
        .setReason(plain(request.reason()))
        .setTime(Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  private void carryOut(Context ctx, ModelEvent command) {
    Decision decision = commands.submit(command);
    if (!decision.isAccepted()) {
      throw RequestRefused.of(decision);
    }
    log.info(
        "audit: {} {} {} v{} {} ({}) from {}",
        command.getActor(),
        decision.event(),
        decision.model(),
        decision.version(),
        decision.alias(),
        command.getReason(),
        ctx.ip());
    json(ctx, 200, Map.of("version", command.getVersion(), "changed", decision.changed()));
  }

  private void history(Context ctx) {
    ModelState model = model(ctx);
    String alias = ctx.pathParam("alias");
    if (!model.aliases().containsKey(alias)) {
      throw new RequestRefused(404, model.name() + " has no such alias");
    }
    json(ctx, 200, Map.of("moves", model.history(alias)));
  }

  private ModelState model(Context ctx) {
    return commands
        .view()
        .model(ctx.pathParam("model"))
        .orElseThrow(() -> new RequestRefused(404, "there is no such model"));
  }

  private static int resolve(ModelState model, String ref) {
    return model
        .resolve(ref)
        .orElseThrow(() -> new RequestRefused(404, model.name() + " has no such version or alias"));
  }

  /** Free text for log and page: one line of bounded length. */
  static String plain(String text) {
    if (text.length() > MAX_REASON) {
      throw new RequestRefused(422, "texts may have at most " + MAX_REASON + " characters");
    }
    return text.replaceAll("\\p{Cntrl}+", " ");
  }

  private static void json(Context ctx, int status, VersionInfo info, int version) {
    var tree = new TreeMap<String, Object>();
    tree.put("version", version);
    tree.put("commit", info.commit());
    tree.put("signed", info.signed());
    tree.put("signature", info.signature());
    tree.put("publicKey", info.publicKey());
    json(ctx, status, tree);
  }

  private static void json(Context ctx, int status, Object body) {
    ctx.status(status).contentType("application/json").result(CanonicalJson.text(body));
  }
}
