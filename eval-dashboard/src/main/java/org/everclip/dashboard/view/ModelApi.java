package org.everclip.dashboard.view;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.StoredPairs;

/** Training, versions and benchmarks. */
final class ModelApi {

  private static final int MAX_VERSIONS = 1000;
  private static final int MAX_FLIPS = 48;

  private final Answers answers;
  private final ReadModel model;
  private final TrainingView training;
  private final VersionsView versions;
  private final Cards cards;
  private final BenchmarksView benchmarks;
  private final HeatMapView map;
  private final PeriodsView periods;
  private final BesideView beside;
  private final Anchors anchors = new Anchors();
  private final CompareView compare;
  private final EvaluationData data;
  private final FlipsView flips;

  ModelApi(
      EverclipConfig config,
      ReadModel model,
      Decisions decisions,
      StoredPairs pairs,
      Answers answers) {
    RegistryClient registry = RegistryClient.of(config);
    var index = new ResultIndex(model);
    this.answers = answers;
    this.model = model;
    training = new TrainingView(model);
    versions =
        new VersionsView(
            model, decisions, config.registry().url(), config.registry().organization());
    cards = new Cards(model, registry);
    benchmarks = new BenchmarksView(model, index, decisions);
    map = new HeatMapView(index);
    periods = new PeriodsView(index);
    beside = new BesideView(index);
    compare = new CompareView(model, index, benchmarks, decisions);
    data = new EvaluationData(config, pairs);
    flips = new FlipsView(index, registry, data);
  }

  void routes(RoutesConfig routes) {
    routes.get(
        "/api/v1/training",
        ctx ->
            answers.json(ctx, training.training(Answers.number(ctx, "rounds", 50, MAX_VERSIONS))));
    routes.get(
        "/api/v1/training.csv",
        ctx -> Answers.csv(ctx, "training", CsvExport.training(training.runs())));
    routes.get(
        "/api/v1/versions",
        ctx -> answers.json(ctx, versions.versions(limit(ctx, 100), before(ctx))));
    routes.get(
        "/api/v1/versions.csv",
        ctx ->
            Answers.csv(ctx, "versions", CsvExport.versions(versions.versions(MAX_VERSIONS, 0))));
    routes.get("/api/v1/versions/{model}/{version}", this::version);
    routes.get("/api/v1/versions/{model}/{version}/card", this::card);
    routes.get("/api/v1/benchmarks", ctx -> answers.json(ctx, benchmarks.matrices(query(ctx, 20))));
    routes.get(
        "/api/v1/benchmarks.csv",
        ctx ->
            Answers.csv(
                ctx,
                "benchmarks",
                CsvExport.benchmarks(benchmarks.matrices(query(ctx, MAX_VERSIONS)))));
    routes.get(
        "/api/v1/benchmarks/map",
        ctx -> answers.json(ctx, map.of(Answers.required(ctx, "model"), limit(ctx, MAX_VERSIONS))));
    routes.get(
        "/api/v1/periods",
        ctx -> answers.json(ctx, periods.of(Answers.required(ctx, "model"), limit(ctx, 50))));
    routes.get(
        "/api/v1/beside",
        ctx -> answers.json(ctx, beside.of(Answers.required(ctx, "model"), limit(ctx, 50))));
    routes.get(
        "/api/v1/anchors", ctx -> answers.json(ctx, anchors.of(Answers.required(ctx, "task"))));
    routes.get("/api/v1/compare", this::compare);
    routes.get("/api/v1/flips", this::flips);
    routes.get("/api/v1/evaluation/image", this::picture);
    routes.exception(
        RegistryException.class,
        (e, ctx) -> answers.problem(ctx, 503, String.valueOf(e.getMessage())));
  }

  private static int limit(Context ctx, int otherwise) {
    return Answers.number(ctx, "limit", otherwise, MAX_VERSIONS);
  }

  private static int before(Context ctx) {
    return Answers.number(ctx, "before", 0, Integer.MAX_VALUE);
  }

  private static BenchmarksView.Query query(Context ctx, int limit) {
    return new BenchmarksView.Query(
        limit(ctx, limit), before(ctx), ctx.queryParam("task"), ctx.queryParam("family"));
  }

  private void version(Context ctx) {
    answers.json(
        ctx,
        versions
            .one(ctx.pathParam("model"), Answers.number("version", ctx.pathParam("version")))
            .orElseThrow(() -> new NotFoundResponse("there is no such version")));
  }

  private void card(Context ctx) {
    String text =
        cards
            .of(ctx.pathParam("model"), Answers.number("version", ctx.pathParam("version")))
            .orElseThrow(() -> new NotFoundResponse("this version has no card"));
    answers.json(ctx, Map.of("text", text));
  }

  private void compare(Context ctx) {
    answers.json(
        ctx,
        compare
            .compare(Answers.required(ctx, "model"), version(ctx, "first"), version(ctx, "second"))
            .orElseThrow(() -> new NotFoundResponse("one of these versions is not known")));
  }

  private static int version(Context ctx, String name) {
    return Answers.number(name, Answers.required(ctx, name));
  }

  private void flips(Context ctx) {
    String task = Answers.required(ctx, "task");
    if (!model.registryTrouble().isEmpty()) {
      throw new AwayException(model.registryTrouble());
    }
    FlipsView.Flips found =
        flips
            .of(
                Answers.required(ctx, "model"),
                task,
                version(ctx, "first"),
                version(ctx, "second"),
                Answers.number(ctx, "limit", 12, MAX_FLIPS))
            .orElseThrow(
                () ->
                    new NotFoundResponse(
                        "these versions have no verdicts for single samples of this task"));
    data.prepare(
        task,
        Stream.concat(found.negative().stream(), found.positive().stream())
            .map(FlipsView.Flip::key)
            .collect(Collectors.toSet()));
    answers.json(ctx, Map.of("flips", found, "pictures", data.has(task)));
  }

  private void picture(Context ctx) {
    Answers.picture(
        ctx,
        data.picture(Answers.required(ctx, "task"), Answers.required(ctx, "key")),
        "this sample's picture is not on this machine");
  }
}
