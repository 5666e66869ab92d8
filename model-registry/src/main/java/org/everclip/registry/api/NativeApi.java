package org.everclip.registry.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
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
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.Secrets;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.Decision;
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
  private static final String BEARER = "Bearer ";
  private static final int MAX_REASON = 2_000;

  private final CommandLog commands;
  private final Publisher publisher;
  private final BlobStore blobs;
  private final Secrets secrets;
  private final FileAnswer files;
  private final EventStream events;
  private final Counter publishes;

  public NativeApi(
      CommandLog commands,
      Publisher publisher,
      BlobStore blobs,
      Secrets secrets,
      FileAnswer files,
      EventStream events,
      MeterRegistry meters) {
    this.commands = commands;
    this.publisher = publisher;
    this.blobs = blobs;
    this.secrets = secrets;
    this.files = files;
    this.events = events;
    this.publishes = Counter.builder("everclip.registry.publishes").register(meters);
  }

  /** Adds the routes. */
  public void register(JavalinConfig config) {
    var routes = config.routes;
    routes.before("/api/v1/*", this::guard);
    routes.head("/api/v1/blobs/{sha256}", this::blob);
    routes.get("/api/v1/blobs/{sha256}", this::blob);
    routes.put("/api/v1/blobs/{sha256}", this::putBlob);
    routes.get("/api/v1/models", this::models);
    routes.get("/api/v1/models/{model}", ctx -> json(ctx, 200, summary(model(ctx))));
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

  private void guard(Context ctx) {
    boolean reads =
        ctx.method() == HandlerType.GET
            || ctx.method() == HandlerType.HEAD
            || ctx.method() == HandlerType.OPTIONS;
    if (!reads) {
      String header = ctx.header("Authorization");
      if (header == null
          || !header.startsWith(BEARER)
          || !secrets.isWriteToken(header.substring(BEARER.length()).trim())) {
        throw new RequestRefused(401, "writing needs the registry's token as a bearer token");
      }
    }
    if (!commands.isReady()) {
      throw new RequestRefused(503, "the registry is still reading its log; try again");
    }
  }

  private void blob(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    var blob =
        blobs.find(sha256).orElseThrow(() -> new RequestRefused(404, "there is no such blob"));
    ctx.header("ETag", '"' + sha256 + '"');
    ctx.header("Cache-Control", "public, max-age=31536000, immutable");
    files.send(ctx, blob, "application/octet-stream");
  }

  private void putBlob(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    boolean there = blobs.find(sha256).isPresent();
    blobs.put(sha256, ctx.req().getInputStream());
    json(ctx, there ? 200 : 201, Map.of("sha256", sha256));
  }

  private void models(Context ctx) {
    json(
        ctx,
        200,
        Map.of("models", commands.view().models().stream().map(NativeApi::summary).toList()));
  }

  private static Map<String, Object> summary(ModelState model) {
    var summary = new TreeMap<String, Object>();
    summary.put("name", model.name());
    summary.put("versions", model.versions().size());
    summary.put("aliases", model.aliases());
    model.latest().ifPresent(latest -> summary.put("latest", latest));
    return summary;
  }

  private void versions(Context ctx) {
    ModelState model = model(ctx);
    List<VersionInfo> all =
        IntStream.rangeClosed(1, model.versions().size()).mapToObj(model::info).toList();
    json(ctx, 200, Map.of("versions", all));
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
  private static String plain(String text) {
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
