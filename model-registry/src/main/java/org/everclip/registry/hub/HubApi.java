package org.everclip.registry.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.registry.api.DownloadCounts;
import org.everclip.registry.api.FileAnswer;
import org.everclip.registry.hub.HubRepository.Revision;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.versions.CommandLog;
import org.everclip.registry.versions.Evaluations;
import org.everclip.registry.versions.RequestRefused;
import org.jspecify.annotations.Nullable;

/**
 * The Hub's read protocol (reference: models, Hub protocol; numbers are its sections). Repositories
 * are {@code ORGANIZATION/MODEL}; a commit never changes its meaning.
 */
public final class HubApi {

  private final CommandLog log;
  private final HubRepository repository;
  private final FileAnswer files;

  public HubApi(
      CommandLog log,
      BlobStore blobs,
      String organization,
      FileAnswer files,
      DownloadCounts downloads,
      Evaluations evaluations) {
    this.log = log;
    this.repository =
        new HubRepository(log.view(), blobs, organization, downloads::of, evaluations);
    this.files = files;
  }

  /** Adds the routes. */
  public void register(JavalinConfig config) {
    var routes = config.routes;
    routes.head("/{org}/{name}/resolve/{rev}/<path>", this::resolve);
    routes.get("/{org}/{name}/resolve/{rev}/<path>", this::resolve);
    routes.head("/{org}/{name}/raw/{rev}/<path>", this::raw);
    routes.get("/{org}/{name}/raw/{rev}/<path>", this::raw);
    routes.get("/api/models/{org}/{name}", this::info);
    routes.get("/api/models/{org}/{name}/revision/{rev}", this::info);
    routes.get("/api/models/{org}/{name}/tree/{rev}", this::tree);
    routes.get("/api/models/{org}/{name}/tree/{rev}/<folder>", this::tree);
    routes.post("/api/models/{org}/{name}/paths-info/{rev}", this::pathsInfo);
    routes.exception(HubRefused.class, HubApi::refuse);
  }

  /** 3.1 */
  private void resolve(Context ctx) throws IOException {
    Revision revision = revision(ctx);
    ctx.header("X-Repo-Commit", revision.commit());
    HubFile file = repository.file(revision, ctx.pathParam("path"));
    describe(ctx, file);
    if (file.large()) {
      ctx.header("X-Linked-Size", Long.toString(file.file().size()));
      ctx.header("X-Linked-ETag", quoted(file.file().sha256()));
    }
    files.send(ctx, repository.bytes(revision, file), file.contentType());
  }

  /** 3.2 */
  private void raw(Context ctx) throws IOException {
    Revision revision = revision(ctx);
    ctx.header("X-Repo-Commit", revision.commit());
    HubFile file = repository.file(revision, ctx.pathParam("path"));
    describe(ctx, file);
    if (file.large()) {
      ctx.header("ETag", quoted(file.oid()));
      files.send(ctx, HubFile.pointer(file.file()), "text/plain; charset=utf-8");
    } else {
      files.send(ctx, repository.bytes(revision, file), file.contentType());
    }
  }

  /** 3.3 */
  private void info(Context ctx) {
    json(ctx, repository.info(revision(ctx), isTrue(ctx.queryParam("blobs"))));
  }

  /** 3.4; a version has too few files for pages */
  private void tree(Context ctx) {
    Revision revision = revision(ctx);
    boolean expand = isTrue(ctx.queryParam("expand"));
    String folder = ctx.pathParamMap().getOrDefault("folder", "");
    List<Map<String, Object>> entries =
        repository.tree(revision, folder, isTrue(ctx.queryParam("recursive")));
    entries.forEach(entry -> repository.expanded(revision, entry, expand));
    json(ctx, entries);
  }

  /** 3.5 */
  private void pathsInfo(Context ctx) {
    Revision revision = revision(ctx);
    List<String> paths = ctx.formParams("paths");
    boolean expand = isTrue(ctx.formParam("expand"));
    String type = ctx.contentType();
    if (type != null && type.startsWith("application/json")) {
      JsonNode body = CanonicalJson.tree(ctx.body());
      paths = new ArrayList<>();
      for (JsonNode path : body.path("paths")) {
        paths.add(path.asText());
      }
      expand = body.path("expand").asBoolean();
    }
    json(ctx, repository.paths(revision, paths, expand));
  }

  private Revision revision(Context ctx) {
    if (!log.isReady()) {
      throw new RequestRefused(503, "the registry is still reading its log; try again");
    }
    return repository.revision(
        ctx.pathParam("org"),
        ctx.pathParam("name"),
        ctx.pathParamMap().getOrDefault("rev", "main"));
  }

  private static void describe(Context ctx, HubFile file) {
    FileEntry entry = file.file();
    String name = entry.path().substring(entry.path().lastIndexOf('/') + 1);
    ctx.header("ETag", quoted(file.etag()));
    ctx.header("Content-Disposition", "inline; filename=" + quoted(name));
  }

  /** 3.6 */
  private static void refuse(HubRefused refused, Context ctx) {
    String message = String.valueOf(refused.getMessage());
    ctx.header("X-Error-Code", refused.code());
    ctx.header("X-Error-Message", message);
    String commit = refused.commit();
    if (commit != null) {
      ctx.header("X-Repo-Commit", commit);
    }
    json(ctx, Map.of("error", message));
    ctx.status(404);
  }

  private static void json(Context ctx, Object body) {
    ctx.contentType("application/json; charset=utf-8").result(CanonicalJson.text(body));
  }

  private static boolean isTrue(@Nullable String value) {
    return "true".equalsIgnoreCase(value) || "1".equals(value);
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
