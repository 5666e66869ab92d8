package org.everclip.contracts.registry;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Requests to the registry with retries: no answer, 408, 429 and 5xx are tried again with growing,
 * jittered pauses. Thread-safe.
 */
final class HttpExchange {

  static final int ATTEMPTS = 8;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();
  private final URI base;

  HttpExchange(URI base) {
    this.base = base;
  }

  /** A request to a path below the base, which may have a query. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(60));
  }

  /** Sends until there is a final answer, which may be an error of the 4xx kind. */
  <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    for (int attempt = 1; ; attempt++) {
      try {
        HttpResponse<T> response = http.send(request, handler);
        int status = response.statusCode();
        if ((status < 500 && status != 408 && status != 429) || attempt == ATTEMPTS) {
          return response;
        }
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw new RegistryException(
              "registry at " + base + " does not answer (" + ATTEMPTS + " attempts); is it up?", e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RegistryException("interrupted", e);
      }
      pause(attempt);
    }
  }

  /** One attempt, for callers with their own way to go on. */
  <T> HttpResponse<T> sendOnce(HttpRequest request, HttpResponse.BodyHandler<T> handler)
      throws IOException {
    try {
      return http.send(request, handler);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException("interrupted", e);
    }
  }

  /** One attempt in the background. */
  <T> CompletableFuture<HttpResponse<T>> sendAsync(
      HttpRequest request, HttpResponse.BodyHandler<T> handler) {
    return http.sendAsync(request, handler);
  }

  /** Waits before the next attempt: exponential, with full jitter. */
  static void pause(int attempt) {
    long longest = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(attempt, 10));
    try {
      Thread.sleep(FIRST_PAUSE_MILLIS / 2 + ThreadLocalRandom.current().nextLong(longest));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException("interrupted", e);
    }
  }
}
