package org.everclip.registry.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.UUID;
import org.everclip.contracts.avro.ModelEvent;
import org.everclip.contracts.avro.ModelEventKind;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.Decision;
import org.everclip.registry.versions.Evaluations;
import org.everclip.registry.versions.ModelState;
import org.everclip.registry.versions.RequestRefused;
import org.everclip.registry.versions.Retention;
import org.everclip.registry.versions.Upkeep;

/** Web hooks, retention, collection, checks, and the description of the API itself. */
public final class UpkeepApi {

  private static final int FEWEST_TASKS = 1;

  private final CommandLog commands;
  private final Evaluations evaluations;
  private final Upkeep upkeep;
  private final Webhooks hooks;
  private final String description;

  record HookRequest(String url) {}

  record RetentionRequest(int last, int best, boolean apply, String actor) {}

  record CollectRequest(long graceSeconds, boolean apply) {}

  public UpkeepApi(CommandLog commands, Evaluations evaluations, Upkeep upkeep, Webhooks hooks)
      throws IOException {
    this.commands = commands;
    this.evaluations = evaluations;
    this.upkeep = upkeep;
    this.hooks = hooks;
    try (InputStream in =
        Objects.requireNonNull(UpkeepApi.class.getResourceAsStream("/openapi.yaml"))) {
      this.description = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Adds the routes. */
  public void register(JavalinConfig config) {
    var routes = config.routes;
    routes.get(
        "/api/v1/openapi.yaml", ctx -> ctx.contentType("application/yaml").result(description));
    // Reading who is told what needs a token as well: POST, so that the guard sees it.
    routes.post("/api/v1/webhooks", this::addHook);
    routes.post(
        "/api/v1/webhooks/list", ctx -> Answers.json(ctx, 200, Map.of("webhooks", hooks.list())));
    routes.delete("/api/v1/webhooks/{id}", this::removeHook);
    routes.post("/api/v1/models/{model}/retention", this::retain);
    routes.post("/api/v1/collect", this::collect);
    routes.post("/api/v1/check", ctx -> Answers.json(ctx, 200, upkeep.check()));
  }

  private void addHook(Context ctx) throws IOException {
    Answers.json(ctx, 201, hooks.add(CanonicalJson.read(ctx.body(), HookRequest.class).url()));
  }

  private void removeHook(Context ctx) throws IOException {
    hooks.remove(ctx.pathParam("id"));
    ctx.status(204);
  }

  private void collect(Context ctx) throws IOException {
    var request = CanonicalJson.read(ctx.body(), CollectRequest.class);
    if (request.graceSeconds() < 0) {
      throw new RequestRefused(422, "graceSeconds cannot be negative");
    }
    Answers.json(
        ctx, 200, upkeep.collect(Duration.ofSeconds(request.graceSeconds()), request.apply()));
  }

  private void retain(Context ctx) {
    var request = CanonicalJson.read(ctx.body(), RetentionRequest.class);
    ModelState model =
        commands
            .view()
            .model(ctx.pathParam("model"))
            .orElseThrow(() -> new RequestRefused(404, "there is no such model"));
    if (request.best() > 0 && !evaluations.isComplete()) {
      throw new RequestRefused(503, "evaluation results are not read yet; try again");
    }
    Retention.Plan plan =
        new Retention(request.last(), request.best())
            .plan(model, version -> quality(model.name(), version));
    if (request.apply()) {
      for (int version : plan.retire()) {
        Decision decision = commands.submit(retire(model.name(), version, request));
        if (!decision.isAccepted()) {
          throw RequestRefused.of(decision);
        }
      }
    }
    var answer = new TreeMap<String, Object>();
    answer.put("keep", plan.keep());
    answer.put("retire", plan.retire());
    answer.put("dryRun", !request.apply());
    Answers.json(ctx, 200, answer);
  }

  private static ModelEvent retire(String model, int version, RetentionRequest request) {
    return ModelEvent.newBuilder()
        .setCommandId(UUID.randomUUID().toString())
        .setKind(ModelEventKind.RETIRE)
        .setModel(model)
        .setVersion(version)
        .setActor(NativeApi.plain(request.actor()))
        .setReason("retention: last " + request.last() + ", best " + request.best())
        .setTime(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .build();
  }

  private OptionalDouble quality(String model, int version) {
    var scores = evaluations.scores(model, version).values();
    return scores.size() < FEWEST_TASKS
        ? OptionalDouble.empty()
        : scores.stream().mapToDouble(Evaluations.Score::value).average();
  }
}
