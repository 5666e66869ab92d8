package org.everclip.dashboard.feed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.service.StopSignal;

/**
 * Asks the registry for its versions every other second, and how their aliases moved; the page
 * stays up while it is away.
 */
public final class RegistryFeed implements Runnable {

  private static final Duration INTERVAL = Duration.ofSeconds(2);

  /** Moves with every publication; the versions tell it. */
  private static final String LATEST = "latest";

  private final RegistryClient registry;
  private final ReadModel model;
  private final StopSignal stop;

  /** Aliases seen so far, by model: one that points nowhere any more still has a history. */
  private final Map<String, Set<String>> aliases = new HashMap<>();

  public RegistryFeed(RegistryClient registry, ReadModel model, StopSignal stop) {
    this.registry = registry;
    this.model = model;
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
        List<VersionInfo> all = registry.versions(name);
        versions.put(name, all);
        moves.put(name, moves(name, all));
      }
      model.versions(versions, moves);
    } catch (RegistryException e) {
      model.registryAway(String.valueOf(e.getMessage()));
    }
  }

  private List<AliasMove> moves(String name, List<VersionInfo> versions) {
    Set<String> seen = aliases.computeIfAbsent(name, key -> new TreeSet<>());
    versions.forEach(version -> seen.addAll(version.aliases()));
    seen.remove(LATEST);
    var moves = new ArrayList<AliasMove>();
    for (String alias : seen) {
      moves.addAll(registry.aliasHistory(name, alias));
    }
    moves.sort(Comparator.comparing(AliasMove::time));
    return moves;
  }
}
