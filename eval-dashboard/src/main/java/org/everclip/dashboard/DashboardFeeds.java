package org.everclip.dashboard;

import java.time.Duration;
import java.util.List;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.dashboard.feed.GateLag;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.RegistryFeed;
import org.everclip.dashboard.feed.TopicFeed;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;

/** The threads that keep the read model up to date. */
public final class DashboardFeeds {

  private DashboardFeeds() {}

  /** Starts them; they end after the stop was requested. */
  public static List<Thread> start(
      EverclipConfig config,
      ReadModel model,
      RegistryClient registry,
      Health health,
      StopSignal stop) {
    List<Thread> feeds =
        List.of(
            new Thread(new TopicFeed(config, model, health, stop), "topic-feed"),
            new Thread(new RegistryFeed(registry, model, stop), "registry-feed"),
            new Thread(new GateLag(config, model, stop), "gate-lag"));
    feeds.forEach(feed -> feed.setDaemon(true));
    feeds.forEach(Thread::start);
    return feeds;
  }

  /** Waits for their end, each at most so long. */
  public static void join(List<Thread> feeds, Duration each) throws InterruptedException {
    for (Thread feed : feeds) {
      feed.join(each.toMillis());
    }
  }
}
