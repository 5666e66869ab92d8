package org.everclip.registry.api;

import io.javalin.http.sse.SseClient;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryEvent;
import org.everclip.registry.versions.Decision;

/**
 * Server-sent events: {@code published}, {@code alias-moved}, {@code retired}, with a heartbeat
 * comment every second. Sending happens on one thread of its own, never on the log's.
 */
public final class EventStream implements AutoCloseable {

  private static final int MAX_CLIENTS = 200;

  private final Set<SseClient> clients = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService sender =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "registry-events");
            thread.setDaemon(true);
            return thread;
          });

  public EventStream() {
    sender.scheduleWithFixedDelay(this::beat, 1, 1, TimeUnit.SECONDS);
  }

  /** Takes a listener; it stays until it goes. */
  void join(SseClient client) {
    if (clients.size() >= MAX_CLIENTS) {
      client.close();
      return;
    }
    client.keepAlive();
    client.onClose(() -> clients.remove(client));
    client.sendComment("EverClip registry");
    clients.add(client);
  }

  /** Tells everyone of a change. */
  public void tell(Decision decision) {
    Integer version = decision.version();
    if (version == null) {
      return;
    }
    var event = new RegistryEvent(decision.event(), decision.model(), version, decision.alias());
    String json = CanonicalJson.text(event);
    sender.execute(
        () -> {
          for (SseClient client : clients) {
            client.sendEvent(decision.event(), json);
          }
        });
  }

  private void beat() {
    for (SseClient client : clients) {
      client.sendComment("-");
      if (client.terminated()) {
        clients.remove(client);
      }
    }
  }

  @Override
  public void close() {
    sender.shutdownNow();
    clients.forEach(SseClient::close);
  }
}
