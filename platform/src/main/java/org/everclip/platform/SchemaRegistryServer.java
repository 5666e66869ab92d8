package org.everclip.platform;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A schema registry for Avro with Confluent's REST surface on loopback, kept in the topic {@code
 * _schemas} in Confluent's record form. One server a cluster. New schemas must be compatible as
 * FULL_TRANSITIVE says, unless {@code PUT /config} set another level. Deleting is soft only: an id
 * inside records never loses its meaning.
 */
public final class SchemaRegistryServer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SchemaRegistryServer.class);
  private static final String CONTENT_TYPE = "application/vnd.schemaregistry.v1+json";

  private final JsonMapper json = new JsonMapper();
  private final SchemasTopic topic;
  private final Schemas schemas;
  private final Javalin http;

  private SchemaRegistryServer(int port, Properties client, short replication)
      throws InterruptedException {
    var view = new SchemaView(CompatibilityLevel.FULL_TRANSITIVE);
    topic = new SchemasTopic(client, replication, view);
    schemas = new Schemas(view, topic);
    http =
        Javalin.create(
                config -> {
                  config.startup.showJavalinBanner = false;
                  config.jetty.threadPool = new QueuedThreadPool(16, 4);
                  routes(config.routes);
                })
            .start("127.0.0.1", port);
  }

  /** Starts against a broker without security; returns when all schemas are loaded. */
  public static SchemaRegistryServer start(int port, String bootstrap) throws InterruptedException {
    var client = new Properties();
    client.put("bootstrap.servers", bootstrap);
    return start(port, client, (short) 1);
  }

  /**
   * Starts; returns when all schemas are loaded.
   *
   * @param port 0 for a free one
   * @param client settings of Kafka clients
   */
  public static SchemaRegistryServer start(int port, Properties client, short replication)
      throws InterruptedException {
    return new SchemaRegistryServer(port, client, replication);
  }

  /** The address for clients. */
  public String url() {
    return "http://127.0.0.1:" + http.port();
  }

  /** What ended the topic's reader, if it has ended: the server then only answers errors. */
  @Nullable RuntimeException failure() {
    return topic.failure();
  }

  @Override
  public void close() {
    http.stop();
    topic.close();
  }

  private void routes(RoutesConfig routes) {
    routes.get("/", ctx -> answer(ctx, Map.of()));
    routes.get("/schemas/types", ctx -> answer(ctx, List.of("AVRO")));
    routes.get("/mode", ctx -> answer(ctx, Map.of("mode", "READWRITE")));
    routes.get("/mode/{subject}", ctx -> answer(ctx, Map.of("mode", "READWRITE")));
    routes.get("/schemas/ids/{id}", ctx -> answer(ctx, Map.of("schema", schema(ctx))));
    routes.get(
        "/schemas/ids/{id}/schema", ctx -> ctx.contentType(CONTENT_TYPE).result(schema(ctx)));
    routes.get("/schemas/ids/{id}/versions", this::uses);
    routes.get("/subjects", ctx -> answer(ctx, schemas.view().subjects(deleted(ctx))));
    routes.post("/subjects/{subject}", this::lookup);
    routes.delete("/subjects/{subject}", ctx -> delete(ctx, null));
    routes.get("/subjects/{subject}/versions", this::versions);
    routes.post(
        "/subjects/{subject}/versions",
        ctx -> answer(ctx, Map.of("id", schemas.register(subject(ctx), posted(ctx)))));
    routes.get("/subjects/{subject}/versions/{version}", ctx -> answer(ctx, entry(version(ctx))));
    routes.get(
        "/subjects/{subject}/versions/{version}/schema",
        ctx -> ctx.contentType(CONTENT_TYPE).result(version(ctx).schema()));
    routes.delete(
        "/subjects/{subject}/versions/{version}", ctx -> delete(ctx, ctx.pathParam("version")));
    routes.post("/compatibility/subjects/{subject}/versions", ctx -> compatible(ctx, null));
    routes.post(
        "/compatibility/subjects/{subject}/versions/{version}",
        ctx -> compatible(ctx, ctx.pathParam("version")));
    routes.get("/config", ctx -> answer(ctx, level(schemas.view().globalLevel())));
    routes.get("/config/{subject}", this::subjectLevel);
    routes.put("/config", ctx -> setLevel(ctx, null));
    routes.put("/config/{subject}", ctx -> setLevel(ctx, subject(ctx)));
    routes.exception(RestError.class, (e, ctx) -> error(ctx, e.status(), e.code(), e.getMessage()));
    routes.exception(
        Exception.class,
        (e, ctx) -> {
          log.error("{} {} failed", ctx.method(), ctx.path(), e);
          error(ctx, 500, 50001, "Error in the backend data store");
        });
  }

  private String schema(Context ctx) {
    String id = ctx.pathParam("id");
    try {
      return schemas.view().schema(Integer.parseInt(id)).orElseThrow(() -> RestError.noSchema(id));
    } catch (NumberFormatException e) {
      throw RestError.noSchema(id);
    }
  }

  private void uses(Context ctx) {
    schema(ctx);
    answer(
        ctx,
        schemas.view().uses(Integer.parseInt(ctx.pathParam("id"))).stream()
            .map(e -> Map.of("subject", e.subject(), "version", e.version()))
            .toList());
  }

  private void lookup(Context ctx) {
    boolean deleted = deleted(ctx);
    if (schemas.view().versions(subject(ctx), deleted).isEmpty()) {
      throw RestError.noSubject(subject(ctx));
    }
    answer(
        ctx,
        entry(
            schemas
                .find(subject(ctx), posted(ctx), deleted)
                .orElseThrow(() -> RestError.noSchema("of subject " + subject(ctx)))));
  }

  private void versions(Context ctx) {
    List<SchemaView.Entry> versions = schemas.view().versions(subject(ctx), deleted(ctx));
    if (versions.isEmpty()) {
      throw RestError.noSubject(subject(ctx));
    }
    answer(ctx, versions.stream().map(SchemaView.Entry::version).toList());
  }

  private SchemaView.Entry version(Context ctx) {
    return schemas.version(subject(ctx), ctx.pathParam("version"), deleted(ctx));
  }

  private void delete(Context ctx, @Nullable String version) {
    if ("true".equals(ctx.queryParam("permanent"))) {
      throw new RestError(
          422, 42205, "Permanent deletion is not offered: ids in records would lose their meaning");
    }
    List<Integer> deleted = schemas.delete(subject(ctx), version);
    answer(ctx, version == null ? deleted : deleted.get(0));
  }

  private void compatible(Context ctx, @Nullable String version) {
    List<String> problems = schemas.problems(subject(ctx), version, posted(ctx));
    boolean verbose = "true".equals(ctx.queryParam("verbose"));
    answer(
        ctx,
        verbose
            ? Map.of("is_compatible", problems.isEmpty(), "messages", problems)
            : Map.of("is_compatible", problems.isEmpty()));
  }

  private void subjectLevel(Context ctx) {
    boolean toGlobal = "true".equals(ctx.queryParam("defaultToGlobal"));
    String subject = subject(ctx);
    if (!toGlobal && schemas.view().ownLevel(subject).isEmpty()) {
      throw new RestError(
          404,
          40408,
          "Subject '" + subject + "' does not have subject-level compatibility configured");
    }
    answer(ctx, level(schemas.view().level(subject)));
  }

  private void setLevel(Context ctx, @Nullable String subject) {
    CompatibilityLevel level = CompatibilityLevel.parse(body(ctx).path("compatibility").asText());
    schemas.setLevel(subject, level);
    answer(ctx, Map.of("compatibility", level.name()));
  }

  /** The schema in a request's body. */
  private String posted(Context ctx) {
    JsonNode body = body(ctx);
    String type = body.path("schemaType").asText("AVRO");
    if (!type.equals("AVRO")) {
      throw new RestError(422, 42201, "Schema type " + type + " is not offered, only AVRO");
    }
    if (!body.path("references").isEmpty()) {
      throw new RestError(422, 42201, "References between schemas are not offered");
    }
    if (!body.path("schema").isTextual()) {
      throw new RestError(422, 42201, "Empty schema: the body needs {\"schema\": \"<JSON text>\"}");
    }
    return body.path("schema").asText();
  }

  private JsonNode body(Context ctx) {
    try {
      JsonNode body = json.readTree(ctx.bodyAsBytes());
      return body == null ? json.missingNode() : body;
    } catch (java.io.IOException e) {
      throw new RestError(400, 400, "The body is not JSON");
    }
  }

  private static String subject(Context ctx) {
    return ctx.pathParam("subject");
  }

  private static boolean deleted(Context ctx) {
    return "true".equals(ctx.queryParam("deleted"));
  }

  private static Map<String, Object> entry(SchemaView.Entry entry) {
    return Map.of(
        "subject", entry.subject(),
        "version", entry.version(),
        "id", entry.id(),
        "schema", entry.schema());
  }

  private static Map<String, Object> level(CompatibilityLevel level) {
    return Map.of("compatibilityLevel", level.name());
  }

  private void error(Context ctx, int status, int code, @Nullable String message) {
    ctx.status(status);
    answer(ctx, Map.of("error_code", code, "message", message == null ? "" : message));
  }

  private void answer(Context ctx, Object value) {
    try {
      ctx.contentType(CONTENT_TYPE).result(json.writeValueAsString(value));
    } catch (JsonProcessingException e) {
      throw new AssertionError("answers are maps, lists and texts", e);
    }
  }
}
