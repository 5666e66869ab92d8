package org.everclip.dashboard.view;

import io.javalin.http.sse.SseClient;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.ReadModel.Part;

/**
 * Server-sent events {@code change} that name the parts that changed, at most two a second however
 * much happens; a comment every ten seconds finds listeners that have gone. Sending happens on one
 * thread of its own, never on a feeding one.
 */
final class Changes implements AutoCloseable {

  private static final int MAX_CLIENTS = 200;
  private static final int INTERVAL_MILLIS = 500;
  private static final int BEAT_TICKS = 20;

  private final Set<SseClient> clients = ConcurrentHashMap.newKeySet();
  private final EnumSet<Part> changed = EnumSet.noneOf(Part.class);
  private final ScheduledExecutorService sender =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "page-events");
            thread.setDaemon(true);
            return thread;
          });
  private int ticks;

  Changes(ReadModel model) {
    model.onChange(this::note);
    sender.scheduleWithFixedDelay(
        this::send, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Takes a listener; it stays until it goes. */
  void join(SseClient client) {
    if (clients.size() >= MAX_CLIENTS) {
      client.close();
      return;
    }
    client.keepAlive();
    client.onClose(() -> clients.remove(client));
    client.sendEvent("hello", "{}");
    clients.add(client);
  }

  private void note(Part part) {
    synchronized (changed) {
      changed.add(part);
    }
  }

  private void send() {
    Set<Part> parts;
    synchronized (changed) {
      parts = EnumSet.copyOf(changed);
      changed.clear();
    }
    boolean beat = ++ticks % BEAT_TICKS == 0;
    if (parts.isEmpty() && !beat) {
      return;
    }
    String json =
        parts.stream()
            .map(part -> '"' + part.name().toLowerCase(Locale.ROOT) + '"')
            .collect(Collectors.joining(",", "{\"parts\":[", "]}"));
    for (SseClient client : clients) {
      if (parts.isEmpty()) {
        client.sendComment("-");
      } else {
        client.sendEvent("change", json);
      }
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
