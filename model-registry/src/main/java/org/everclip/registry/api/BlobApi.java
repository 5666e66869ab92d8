package org.everclip.registry.api;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.Map;
import java.util.regex.Pattern;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.versions.RequestRefused;
import org.jspecify.annotations.Nullable;

/** Blobs by digest: fetched with ranges, stored at once or in parts that go on after a cut. */
public final class BlobApi {

  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}");

  private final BlobStore blobs;
  private final FileAnswer files;

  public BlobApi(BlobStore blobs, FileAnswer files) {
    this.blobs = blobs;
    this.files = files;
  }

  /** Adds the routes. */
  public void register(JavalinConfig config) {
    var routes = config.routes;
    routes.head("/api/v1/blobs/{sha256}", this::blob);
    routes.get("/api/v1/blobs/{sha256}", this::blob);
    routes.put("/api/v1/blobs/{sha256}", this::put);
    routes.get("/api/v1/uploads/{sha256}", this::offset);
    routes.patch("/api/v1/uploads/{sha256}", this::append);
    routes.delete("/api/v1/uploads/{sha256}", this::drop);
  }

  private void blob(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    var blob =
        blobs.find(sha256).orElseThrow(() -> new RequestRefused(404, "there is no such blob"));
    if (ctx.req().getMethod().equals("HEAD")) {
      // Who asks so is about to publish with it.
      blobs.touch(sha256);
    }
    ctx.header("ETag", '"' + sha256 + '"');
    ctx.header("Cache-Control", "public, max-age=31536000, immutable");
    files.send(ctx, blob, "application/octet-stream");
  }

  private void put(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    boolean there = blobs.find(sha256).isPresent();
    blobs.put(sha256, ctx.req().getInputStream());
    Answers.json(ctx, there ? 200 : 201, Map.of("sha256", sha256));
  }

  private void offset(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    answer(ctx, blobs.uploads().offset(sha256), blobs.find(sha256).isPresent());
  }

  private void append(Context ctx) throws IOException {
    String sha256 = ctx.pathParam("sha256");
    long offset = number(ctx.header("Upload-Offset"), "Upload-Offset");
    long length = number(ctx.header("Upload-Length"), "Upload-Length");
    long now = blobs.uploads().append(sha256, offset, length, ctx.req().getInputStream());
    answer(ctx, now, blobs.find(sha256).isPresent());
  }

  private void drop(Context ctx) throws IOException {
    blobs.uploads().drop(ctx.pathParam("sha256"));
    ctx.status(204);
  }

  private static void answer(Context ctx, long offset, boolean complete) {
    ctx.header("Upload-Offset", Long.toString(offset));
    Answers.json(ctx, 200, Map.of("offset", offset, "complete", complete));
  }

  private static long number(@Nullable String header, String name) {
    if (header == null || !NUMBER.matcher(header).matches()) {
      throw new RequestRefused(422, name + " has to be a number of bytes");
    }
    return Long.parseLong(header);
  }
}
