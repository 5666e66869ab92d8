package org.everclip.registry.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.registry.store.JsonFile;
import org.everclip.registry.versions.Decision;
import org.everclip.registry.versions.RegistryView;
import org.everclip.registry.versions.RequestRefused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells addresses of changes: in order, at least once, also after a restart, tried again with
 * growing, jittered pauses until the receiver answers 2xx. A delivery is {@code POST} of the event
 * with {@code X-EverClip-Timestamp} and {@code X-EverClip-Signature: sha256=HEX}, an HMAC-SHA256 of
 * {@code TIMESTAMP.BODY} with the hook's secret. Redirects are not followed. Thread-safe.
 */
public final class Webhooks implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Webhooks.class);
  private static final int MAX_HOOKS = 50;
  private static final int SECRET_BYTES = 32;
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final long TICK_MILLIS = 250;
  private static final long LONGEST_PAUSE_MILLIS = 600_000;

  private final RegistryView view;
  private final JsonFile file;
  private final Clock clock;
  private final Map<String, Hook> hooks = new ConcurrentHashMap<>();
  private final Map<String, Attempt> attempts = new ConcurrentHashMap<>();
  private final HttpClient http =
      HttpClient.newBuilder()
          .connectTimeout(LIMIT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final ScheduledExecutorService worker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "registry-webhooks");
            thread.setDaemon(true);
            return thread;
          });

  /** A hook as it is kept; {@code delivered} is the number of the last change that arrived. */
  record Hook(String id, String url, String secret, long delivered) {
    Hook at(long change) {
      return new Hook(id, url, secret, change);
    }
  }

  private record Stored(List<Hook> hooks) {}

  private record Attempt(int failures, Instant next, boolean underWay, String error) {}

  public Webhooks(RegistryView view, JsonFile file, Clock clock) throws IOException {
    this.view = view;
    this.file = file;
    this.clock = clock;
    file.read(Stored.class).ifPresent(s -> s.hooks().forEach(hook -> hooks.put(hook.id(), hook)));
  }

  /** Begins to deliver; the view must be complete. */
  public void start() {
    worker.scheduleWithFixedDelay(this::deliver, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Adds a hook for what changes from now on; the answer is the only one that tells the secret. */
  synchronized Map<String, Object> add(String url) throws IOException {
    if (hooks.size() >= MAX_HOOKS) {
      throw new RequestRefused(422, "there are " + MAX_HOOKS + " web hooks already");
    }
    requireAddress(url);
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    var hook =
        new Hook(
            UUID.randomUUID().toString(), url, HexFormat.of().formatHex(random), view.sequence());
    hooks.put(hook.id(), hook);
    keep();
    return Map.of("id", hook.id(), "url", url, "secret", hook.secret());
  }

  synchronized void remove(String id) throws IOException {
    if (hooks.remove(id) == null) {
      throw new RequestRefused(404, "there is no such web hook");
    }
    attempts.remove(id);
    keep();
  }

  /** What there is, and how it goes; without secrets. */
  List<Map<String, Object>> list() {
    var list = new ArrayList<Map<String, Object>>();
    for (Hook hook : hooks.values()) {
      Attempt attempt = attempts.get(hook.id());
      var entry = new TreeMap<String, Object>();
      entry.put("id", hook.id());
      entry.put("url", hook.url());
      entry.put("waiting", view.sequence() - hook.delivered());
      entry.put("failures", attempt == null ? 0 : attempt.failures());
      entry.put("lastError", attempt == null ? "" : attempt.error());
      list.add(entry);
    }
    return list;
  }

  private void deliver() {
    Instant now = clock.instant();
    for (Hook hook : hooks.values()) {
      Attempt attempt = attempts.get(hook.id());
      boolean due = attempt == null || (!attempt.underWay() && !attempt.next().isAfter(now));
      List<Decision> changes = due ? view.changesAfter(hook.delivered(), 1) : List.of();
      if (!changes.isEmpty()) {
        send(hook, changes.get(0), attempt == null ? 0 : attempt.failures());
      }
    }
  }

  private void send(Hook hook, Decision change, int failures) {
    long number = hook.delivered() + 1;
    var body = new TreeMap<String, Object>();
    body.put("sequence", number);
    body.put("event", EventStream.event(change));
    String text = CanonicalJson.text(body);
    String time = Long.toString(clock.instant().getEpochSecond());
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(hook.url()))
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .header("X-EverClip-Delivery", hook.id() + "-" + number)
            .header("X-EverClip-Timestamp", time)
            .header("X-EverClip-Signature", "sha256=" + sign(hook.secret(), time + "." + text))
            .POST(HttpRequest.BodyPublishers.ofString(text))
            .build();
    attempts.put(hook.id(), new Attempt(failures, clock.instant(), true, ""));
    http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
        .whenComplete(
            (answer, e) -> {
              if (answer != null && answer.statusCode() / 100 == 2) {
                arrived(hook.at(number));
              } else {
                failed(hook, failures + 1, e == null ? "HTTP " + answer.statusCode() : "" + e);
              }
            });
  }

  private synchronized void arrived(Hook hook) {
    if (hooks.containsKey(hook.id())) {
      hooks.put(hook.id(), hook);
      try {
        keep();
      } catch (IOException e) {
        log.warn("web hooks cannot be kept: {}", e.toString());
      }
      attempts.remove(hook.id());
    }
  }

  private synchronized void failed(Hook hook, int failures, String error) {
    if (hooks.containsKey(hook.id())) {
      long pause = Math.min(LONGEST_PAUSE_MILLIS, 500L << Math.min(failures, 20));
      pause += ThreadLocalRandom.current().nextLong(pause / 2 + 1);
      attempts.put(
          hook.id(), new Attempt(failures, clock.instant().plusMillis(pause), false, error));
    }
  }

  private void keep() throws IOException {
    file.write(new Stored(List.copyOf(hooks.values())));
  }

  private static void requireAddress(String url) {
    try {
      URI uri = URI.create(url);
      boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!web || uri.getHost() == null || uri.getUserInfo() != null || url.length() > 1_000) {
        throw new RequestRefused(422, "expected an http or https address without user info");
      }
      for (InetAddress address : InetAddress.getAllByName(uri.getHost())) {
        if (address.isLinkLocalAddress() || address.isAnyLocalAddress()) {
          throw new RequestRefused(422, "that address is not one of a receiver");
        }
      }
    } catch (IllegalArgumentException e) {
      throw new RequestRefused(422, "expected an http or https address", e);
    } catch (UnknownHostException e) {
      throw new RequestRefused(422, "that host is not known", e);
    }
  }

  /** The signature of a text. */
  static String sign(String secret, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new UncheckedIOException(new IOException("every Java has HmacSHA256", e));
    }
  }

  @Override
  public void close() {
    worker.shutdownNow();
  }
}
