package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * kill -9 of the JobManager or the TaskManager of a cluster in application mode, at seeded moments
 * amid small pairs: a reader of its own finds each pair reinforced once, and says how long nothing
 * came. Each process is started again at once, as a supervisor would. The connector's log cries
 * data loss at nearly every kill; {@code everclip reconcile} must know better, and must find a real
 * loss: pairs that the job was made to skip.
 */
@Command(
    name = "reinforce-kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills the reinforcement's processes at seeded moments and compares sets.")
public final class ReinforceKillProof implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration STALLED = Duration.ofMinutes(10);
  private static final int LOST = 100;
  private static final String FALSE_ALARM = "most likely signals data loss";

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "26800")
  private int portsBase;

  @Option(names = "--pairs", defaultValue = "20000", description = "Pairs: ${DEFAULT-VALUE}.")
  private int pairs;

  @Option(names = "--kills", defaultValue = "20", description = "Kills: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(
      names = "--limit",
      defaultValue = "30",
      description = "Seconds after which it must run again: ${DEFAULT-VALUE}.")
  private int limit;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new ReinforceKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (var platform =
            new RolePlatform(program, home, portsBase, SmallRecipe.settings(program, home));
        var source = new AcceptedPairs(platform.config());
        var ledger = new ReinforcedLedger(platform.config())) {
      var cluster = new ReinforceCluster(platform, platform.home().resolve("cluster"), true);
      cluster.jobManager();
      cluster.taskManager(0);
      Set<String> sent = new TreeSet<>();
      for (int i = 0; i < pairs; i++) {
        sent.add(source.send(i, "Blocks, number " + i, AcceptedPairs.picture(i)));
      }
      source.flush();
      long start = System.nanoTime();
      kill(cluster, ledger);
      await(ledger, pairs);
      for (int i = 0; i < 100; i++) {
        ledger.poll(POLL); // whatever would come twice gets its chance
      }
      expect(ledger.pairs().equals(sent), "the sets differ: " + ledger.pairs().size());
      expect(ledger.doubles().isEmpty(), "twice: " + ledger.doubles());
      expect(ledger.refused() == 0, ledger.refused() + " refused");
      say(
          "%d pairs, %d kills, %.0f s; the connector called it data loss %d times"
              .formatted(pairs, kills, (System.nanoTime() - start) / 1e9, alarms(cluster)));
      say(
          "missing %d, doubles %d"
              .formatted(pairs - ledger.pairs().size(), ledger.doubles().size()));
      var loss = new ReinforceLoss(platform, cluster, source, ledger);
      faults.addAll(loss.falseAlarms());
      faults.addAll(loss.realLoss(pairs, LOST));
    }
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN");
    return faults.isEmpty() ? 0 : 1;
  }

  private void kill(ReinforceCluster cluster, ReinforcedLedger ledger) throws Exception {
    var random = new Random(seed);
    int[] moments = random.ints(kills, pairs / 50, pairs * 9 / 10).sorted().toArray();
    double longest = 0;
    for (int i = 0; i < kills; i++) {
      int done = await(ledger, moments[i]);
      Thread.sleep(random.nextInt(1000));
      boolean head = random.nextBoolean();
      int before = ledger.poll(Duration.ZERO);
      long killed = System.nanoTime();
      ledger.longestStall();
      if (head) {
        cluster.killJobManager();
        cluster.jobManager();
      } else {
        cluster.killTaskManager(0);
        cluster.taskManager(0);
      }
      // What was committed just before the kill comes at once; what is new shows that it runs.
      Duration settled = Duration.ofSeconds(2);
      while (System.nanoTime() - killed < settled.toNanos()) {
        before = ledger.poll(POLL);
      }
      await(ledger, Math.min(before + 1, pairs));
      double again = (System.nanoTime() - killed) / 1e9;
      double stall = ledger.longestStall().toMillis() / 1e3;
      longest = Math.max(longest, stall);
      expect(again <= limit, "kill %d: running after %.1f s".formatted(i + 1, again));
      expect(stall <= limit, "kill %d: readers waited %.1f s".formatted(i + 1, stall));
      say(
          "kill %d: %s after %d pairs; running again after %.1f s, readers waited %.1f s"
              .formatted(i + 1, head ? "JobManager" : "TaskManager", done, again, stall));
    }
    say("readers waited %.1f s at most".formatted(longest));
  }

  static int await(ReinforcedLedger ledger, int wanted) {
    int seen = ledger.poll(POLL);
    long changed = System.nanoTime();
    while (seen < wanted) {
      int now = ledger.poll(POLL);
      if (now > seen) {
        seen = now;
        changed = System.nanoTime();
      } else if (System.nanoTime() - changed > STALLED.toNanos()) {
        throw new IllegalStateException(
            "nothing came for %s; %d of %d are there".formatted(STALLED, seen, wanted));
      }
    }
    return seen;
  }

  private static long alarms(ReinforceCluster cluster) throws IOException {
    long alarms = 0;
    for (Path log : cluster.logs(1)) {
      try (Stream<String> lines = Files.lines(log)) {
        alarms += lines.filter(line -> line.contains(FALSE_ALARM)).count();
      }
    }
    return alarms;
  }

  private void expect(boolean holds, String otherwise) {
    if (!holds) {
      faults.add(otherwise);
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
