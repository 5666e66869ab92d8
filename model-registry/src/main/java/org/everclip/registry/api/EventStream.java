package org.everclip.registry.api;

import io.javalin.http.sse.SseClient;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryEvent;
import org.everclip.registry.versions.Decision;
import org.everclip.registry.versions.RegistryView;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events: {@code published}, {@code alias-moved}, {@code retired}, with a heartbeat
 * comment every second. An event's id is the number of the change; a listener who says the last
 * that it has seen ({@code Last-Event-ID}) gets those behind it. Each listener has a place of its
 * own, so a slow one holds nobody up; nothing is sent on the log's thread.
 */
public final class EventStream implements AutoCloseable {

  private static final int MAX_CLIENTS = 200;
  private static final int BATCH = 100;
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,15}");

  private final RegistryView view;
  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(daemons("registry-events-clock"));
  private final ExecutorService senders = Executors.newCachedThreadPool(daemons("registry-events"));

  public EventStream(RegistryView view) {
    this.view = view;
    clock.scheduleWithFixedDelay(() -> wake(true), 1, 1, TimeUnit.SECONDS);
  }

  private static final class Listener {
    private final SseClient client;
    private final AtomicBoolean busy = new AtomicBoolean();
    private long seen;
    private volatile boolean again;

    Listener(SseClient client, long seen) {
      this.client = client;
      this.seen = seen;
    }
  }

  /** Takes a listener; it stays until it goes. */
  void join(SseClient client) {
    if (listeners.size() >= MAX_CLIENTS) {
      client.close();
      return;
    }
    client.keepAlive();
    var listener = new Listener(client, seen(client.ctx().header("Last-Event-ID")));
    client.onClose(() -> listeners.remove(listener));
    client.sendComment("EverClip registry");
    listeners.add(listener);
    wake(false);
  }

  private long seen(@Nullable String id) {
    long now = view.sequence();
    return id == null || !NUMBER.matcher(id).matches() ? now : Math.min(now, Long.parseLong(id));
  }

  /** Something has changed. */
  public void tell() {
    wake(false);
  }

  /** An event as listeners and web hooks get it. */
  static RegistryEvent event(Decision change) {
    Integer version = change.version();
    return new RegistryEvent(
        change.event(), change.model(), version == null ? 0 : version, change.alias());
  }

  private void wake(boolean beat) {
    for (Listener listener : listeners) {
      listener.again = true;
      if (listener.busy.compareAndSet(false, true)) {
        senders.execute(() -> send(listener, beat));
      }
    }
  }

  private void send(Listener listener, boolean beat) {
    try {
      if (beat) {
        listener.client.sendComment("-");
      }
      while (listener.again && !listener.client.terminated()) {
        listener.again = false;
        List<Decision> changes = view.changesAfter(listener.seen, BATCH);
        for (Decision change : changes) {
          listener.seen++;
          listener.client.sendEvent(
              change.event(), CanonicalJson.text(event(change)), Long.toString(listener.seen));
        }
        listener.again |= changes.size() == BATCH;
      }
      if (listener.client.terminated()) {
        listeners.remove(listener);
      }
    } finally {
      listener.busy.set(false);
    }
    // What was told between the last look and now.
    if (listener.again
        && !listener.client.terminated()
        && listener.busy.compareAndSet(false, true)) {
      senders.execute(() -> send(listener, false));
    }
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      var thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public void close() {
    clock.shutdownNow();
    senders.shutdownNow();
    listeners.forEach(listener -> listener.client.close());
  }
}
