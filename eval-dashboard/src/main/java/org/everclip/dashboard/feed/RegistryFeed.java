package org.everclip.dashboard.feed;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.service.StopSignal;

/** Asks the registry for its versions every other second; the page stays up while it is away. */
public final class RegistryFeed implements Runnable {

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  private final RegistryClient registry;
  private final ReadModel model;
  private final String alias;
  private final StopSignal stop;

  public RegistryFeed(RegistryClient registry, ReadModel model, String alias, StopSignal stop) {
    this.registry = registry;
    this.model = model;
    this.alias = alias;
    this.stop = stop;
  }

  @Override
  public void run() {
    try {
      do {
        ask();
      } while (!stop.await(INTERVAL));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() {
    try {
      Map<String, List<VersionInfo>> versions = new TreeMap<>();
      Map<String, List<AliasMove>> moves = new TreeMap<>();
      for (String name : registry.models()) {
        versions.put(name, registry.versions(name));
        moves.put(name, registry.aliasHistory(name, alias));
      }
      model.versions(versions, moves);
    } catch (RegistryException e) {
      model.registryAway(String.valueOf(e.getMessage()));
    }
  }
}
