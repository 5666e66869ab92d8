package org.everclip.contracts.registry;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Server-sent events of the registry, line by line; comment lines are its heartbeat. The HTTP
 * client's threads put lines in, one reader takes them out; nothing blocks for ever.
 */
final class EventLines implements Flow.Subscriber<String> {

  private static final String DATA = "data:";
  private static final String END = "";
  private static final long GREETING_SECONDS = 10;

  private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscribed = new CompletableFuture<>();

  @Override
  public void onSubscribe(Flow.Subscription subscription) {
    subscribed.complete(subscription);
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(String line) {
    if (!line.isEmpty()) {
      lines.add(line);
    }
  }

  @Override
  public void onError(Throwable cause) {
    lines.add(END);
  }

  @Override
  public void onComplete() {
    lines.add(END);
  }

  /** Waits for the stream's first line, the server's greeting; false when none comes. */
  boolean awaitConnection() throws InterruptedException {
    String line = lines.poll(GREETING_SECONDS, TimeUnit.SECONDS);
    return line != null && line.startsWith(":");
  }

  /**
   * Waits for the next event.
   *
   * @return empty when the stream has ended or {@code stop} says so
   */
  Optional<RegistryEvent> next(BooleanSupplier stop) throws InterruptedException {
    while (!stop.getAsBoolean()) {
      String line = lines.poll(200, TimeUnit.MILLISECONDS);
      if (END.equals(line)) {
        return Optional.empty();
      }
      String data =
          line != null && line.startsWith(DATA) ? line.substring(DATA.length()).trim() : "";
      if (data.startsWith("{")) {
        return Optional.of(CanonicalJson.read(data, RegistryEvent.class));
      }
    }
    return Optional.empty();
  }

  /** Ends the connection. */
  void cancel() {
    subscribed.thenAccept(Flow.Subscription::cancel);
  }

  /** Gives every event to the consumer until the stream ends or {@code stop} says so. */
  void forEach(Consumer<RegistryEvent> onEvent, BooleanSupplier stop) throws InterruptedException {
    for (Optional<RegistryEvent> event = next(stop); event.isPresent(); event = next(stop)) {
      onEvent.accept(event.get());
    }
  }
}
