package org.everclip.contracts.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;

/**
 * Talks to the model registry over HTTP. Every call waits for its answer and tries again for about
 * twenty seconds when the registry is away; then, or when the registry refuses, it throws {@link
 * RegistryException}. What it returns of a single version has a checked signature. Thread-safe.
 */
public final class RegistryClient {

  private static final int PAGE = 500;
  private static final String JSON = "application/json";
  private static final long IN_PARTS_BYTES = 4 << 20;
  private static final Duration TRANSFER = Duration.ofHours(1);

  private final HttpExchange http;
  private final BlobDownload download;
  private final BlobUpload parts;
  private final Supplier<String> token;

  /** A client with a fixed write token; readers pass an empty one. */
  public RegistryClient(URI base, String token) {
    this(base, () -> token);
  }

  private RegistryClient(URI base, Supplier<String> token) {
    String text = base.toString();
    this.http = new HttpExchange(text.endsWith("/") ? base : URI.create(text + "/"));
    this.download = new BlobDownload(http);
    this.parts = new BlobUpload(http, token);
    this.token = token;
  }

  /** A client of the configured registry; the token is the configured one or that of the home. */
  public static RegistryClient of(EverclipConfig config) {
    return new RegistryClient(URI.create(config.registry().url()), () -> token(config));
  }

  private static String token(EverclipConfig config) {
    if (!config.registry().token().isBlank()) {
      return config.registry().token();
    }
    Path file = config.home().resolve("registry-token");
    try {
      return Files.exists(file) ? Files.readString(file).trim() : "";
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the registry's write token from " + file, e);
    }
  }

  /**
   * Publishes every file of a directory as the model's next version.
   *
   * @param idempotencyKey the same key again returns the version that the first call made
   * @return the version's number
   */
  public int publish(String model, Path directory, ManifestDraft draft, String idempotencyKey) {
    List<FileEntry> files = VersionDirectory.entries(directory);
    for (FileEntry file : files) {
      upload(file.sha256(), directory.resolve(file.path()));
    }
    var body = new PublishRequest(draft, files, idempotencyKey, "publisher");
    HttpRequest request =
        write("api/v1/models/" + name(model) + "/versions")
            .POST(BodyPublishers.ofString(CanonicalJson.text(body)))
            .build();
    return CanonicalJson.tree(ok(http.send(request, BodyHandlers.ofString())))
        .path("version")
        .asInt();
  }

  /** The models' names, sorted. */
  public List<String> models() {
    var names = new ArrayList<String>();
    json("api/v1/models").path("models").forEach(model -> names.add(model.path("name").asText()));
    return names;
  }

  /** A model's versions, oldest first, signatures unchecked; empty for an unknown model. */
  public List<VersionInfo> versions(String model) {
    var versions = new ArrayList<VersionInfo>();
    for (int before = -1; before < versions.size(); ) {
      before = versions.size();
      HttpResponse<String> response =
          get("api/v1/models/" + name(model) + "/versions?limit=" + PAGE + "&after=" + before);
      if (response.statusCode() != 404) {
        CanonicalJson.tree(ok(response))
            .path("versions")
            .forEach(node -> versions.add(VersionInfo.read(node)));
      }
      if (versions.size() < before + PAGE) {
        break;
      }
    }
    return versions;
  }

  /**
   * One version.
   *
   * @param ref {@code v12}, {@code 12}, {@code latest}, an alias or a commit
   * @return empty when there is none
   * @throws RegistryException if the signature does not fit
   */
  public Optional<VersionInfo> version(String model, String ref) {
    if (!RegistryNames.isName(ref)) {
      return Optional.empty();
    }
    HttpResponse<String> response = get("api/v1/models/" + name(model) + "/versions/" + ref);
    if (response.statusCode() == 404) {
      return Optional.empty();
    }
    VersionInfo version = VersionInfo.read(CanonicalJson.tree(ok(response)));
    requireAuthentic(version);
    return Optional.of(version);
  }

  /** Fetches one file; the target appears whole and checked, and an earlier part is continued. */
  public void fetch(VersionInfo version, String path, Path target) {
    requireAuthentic(version);
    FileEntry file =
        version
            .manifest()
            .file(path)
            .orElseThrow(
                () ->
                    new RegistryException(
                        404,
                        version.manifest().label()
                            + " has no file '"
                            + path
                            + "'; it has "
                            + version.manifest().files().stream().map(FileEntry::path).toList()));
    download.fetch(file, target);
  }

  /** The directory with all files of a version below a cache; it appears only whole. */
  public Path fetchAll(VersionInfo version, Path cacheDir) {
    Path directory = cacheDir.resolve(version.manifest().model()).resolve(version.commit());
    fetchTo(version, directory);
    return directory;
  }

  /** Fetches all files into a directory that appears only whole; does nothing if it is there. */
  public void fetchTo(VersionInfo version, Path directory) {
    requireAuthentic(version);
    new VersionDirectory(directory)
        .fill(version.signedManifest(), staging -> fetchFiles(version, staging));
  }

  private void fetchFiles(VersionInfo version, Path staging) {
    for (FileEntry file : version.manifest().files()) {
      download.fetch(file, staging.resolve(file.path()));
    }
  }

  /**
   * Moves an alias.
   *
   * @param expected moves only from this version; 0: the alias must not exist; null: no condition
   * @return false when the alias was elsewhere
   */
  public boolean moveAlias(
      String model,
      String alias,
      int version,
      @Nullable Integer expected,
      String actor,
      String reason) {
    var body = new MoveRequest(version, expected, actor, reason);
    HttpRequest request =
        write("api/v1/models/" + name(model) + "/aliases/" + name(alias))
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .PUT(BodyPublishers.ofString(CanonicalJson.text(body)))
            .build();
    HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
    if (response.statusCode() == 409) {
      return false;
    }
    ok(response);
    return true;
  }

  /** How an alias moved, oldest first; empty for an unknown alias. */
  public List<AliasMove> aliasHistory(String model, String alias) {
    HttpResponse<String> response =
        get("api/v1/models/" + name(model) + "/aliases/" + name(alias) + "/history");
    if (response.statusCode() == 404) {
      return List.of();
    }
    var moves = new ArrayList<AliasMove>();
    CanonicalJson.tree(ok(response))
        .path("moves")
        .forEach(node -> moves.add(CanonicalJson.read(node.toString(), AliasMove.class)));
    return moves;
  }

  /** Marks a version as retired: no alias may point there, {@code latest} passes over it. */
  public void retire(String model, int version, String actor, String reason) {
    var body = new MoveRequest(version, null, actor, reason);
    HttpRequest request =
        write("api/v1/models/" + name(model) + "/versions/v" + version + "/retire")
            .header("Idempotency-Key", UUID.randomUUID().toString())
            .POST(BodyPublishers.ofString(CanonicalJson.text(body)))
            .build();
    ok(http.send(request, BodyHandlers.ofString()));
  }

  /**
   * One of the operators' requests; see {@code openapi.yaml}.
   *
   * @param path below {@code api/v1/}
   * @return the answer's JSON
   */
  public JsonNode operate(String path, Object body) {
    HttpRequest request =
        write("api/v1/" + path)
            .timeout(TRANSFER)
            .POST(BodyPublishers.ofString(CanonicalJson.text(body)))
            .build();
    return CanonicalJson.tree(ok(http.send(request, BodyHandlers.ofString())));
  }

  /** Stores a file as a blob; returns its digest. */
  public String putBlob(Path file) {
    try {
      String sha256 = Sha256.hex(file);
      upload(sha256, file);
      return sha256;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Stores bytes as a blob; returns their digest. */
  public String putBlob(byte[] bytes) {
    String sha256 = Sha256.hex(bytes);
    upload(sha256, BodyPublishers.ofByteArray(bytes));
    return sha256;
  }

  /** A blob's bytes, checked against the digest. */
  public byte[] getBlob(String sha256) {
    HttpRequest request = http.request("api/v1/blobs/" + sha256).timeout(TRANSFER).GET().build();
    HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw refusal(response.statusCode(), new String(response.body(), UTF_8));
    }
    if (!Sha256.hex(response.body()).equals(sha256)) {
      throw new RegistryException(0, "bytes of blob " + sha256 + " have another digest; refused");
    }
    return response.body();
  }

  /**
   * Follows the registry's events on the caller's thread until {@code stop} says so (asked at least
   * every few seconds) or the thread is interrupted. {@code onConnect} runs after each
   * (re)connection: events before it may have been missed.
   */
  public void watch(Runnable onConnect, Consumer<RegistryEvent> onEvent, BooleanSupplier stop) {
    HttpRequest request =
        http.request("api/v1/events").header("Accept", "text/event-stream").GET().build();
    for (int attempt = 1; !stop.getAsBoolean(); attempt++) {
      var lines = new EventLines();
      try {
        CompletableFuture<HttpResponse<Void>> ended =
            http.sendAsync(request, BodyHandlers.fromLineSubscriber(lines));
        ended.exceptionally(
            unreachable -> {
              lines.onComplete();
              return null;
            });
        if (lines.awaitConnection()) {
          attempt = 0;
          onConnect.run();
          lines.forEach(onEvent, stop);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } finally {
        lines.cancel();
      }
      if (!stop.getAsBoolean()) {
        HttpExchange.pause(Math.min(attempt + 1, 4));
      }
    }
  }

  private void upload(String sha256, Path file) {
    try {
      if (Files.size(file) > IN_PARTS_BYTES) {
        parts.send(sha256, file);
      } else {
        upload(sha256, BodyPublishers.ofFile(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private void upload(String sha256, HttpRequest.BodyPublisher bytes) {
    HttpRequest head =
        http.request("api/v1/blobs/" + sha256).method("HEAD", BodyPublishers.noBody()).build();
    if (http.send(head, BodyHandlers.discarding()).statusCode() == 200) {
      return;
    }
    HttpRequest put =
        write("api/v1/blobs/" + sha256)
            .setHeader("Content-Type", "application/octet-stream")
            .timeout(TRANSFER)
            .PUT(bytes)
            .build();
    ok(http.send(put, BodyHandlers.ofString()));
  }

  private HttpRequest.Builder write(String path) {
    return http.request(path)
        .header("Content-Type", JSON)
        .header("Authorization", "Bearer " + token.get());
  }

  private HttpResponse<String> get(String path) {
    return http.send(http.request(path).GET().build(), BodyHandlers.ofString());
  }

  private JsonNode json(String path) {
    return CanonicalJson.tree(ok(get(path)));
  }

  private static String name(String name) {
    if (!RegistryNames.isName(name)) {
      throw new IllegalArgumentException(
          "names of models and aliases are [a-z0-9][a-z0-9._-]{0,62}, but got '" + name + "'");
    }
    return name;
  }

  private static void requireAuthentic(VersionInfo version) {
    if (!version.signedManifest().isAuthentic()
        || !version.signedManifest().commit().equals(version.commit())) {
      throw new RegistryException(
          0, "the signature of " + version.manifest().label() + " does not fit; refused");
    }
  }

  static String ok(HttpResponse<String> response) {
    if (response.statusCode() / 100 != 2) {
      throw refusal(response.statusCode(), response.body());
    }
    return response.body();
  }

  private static RegistryException refusal(int status, String body) {
    String detail = body;
    try {
      detail = CanonicalJson.tree(body).path("detail").asText(body);
    } catch (IllegalArgumentException e) {
      // Not JSON: an answer of something in between; shown as it is.
    }
    String advice =
        status == 401
            ? " (write token: registry.token, or HOME/registry-token of the registry)"
            : "";
    return new RegistryException(status, "registry answers " + status + ": " + detail + advice);
  }
}
