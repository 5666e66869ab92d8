package org.everclip.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A session cluster of separate processes: the job is submitted, rescaled from 1 to 2 to 1 by
 * savepoints while pairs flow, submitted again after the JobManager was killed, and refused with
 * the names of limits that cannot work. Every pair comes out once.
 */
@Command(
    name = "reinforce-cluster-proof",
    mixinStandardHelpOptions = true,
    description = "Submits, rescales and restores the reinforcement on a session cluster.")
public final class ReinforceClusterProof implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALLED = Duration.ofMinutes(3);
  private static final int WRONG_USAGE = 2;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "25800")
  private int portsBase;

  @Option(names = "--pairs", defaultValue = "400", description = "Pairs for each of six steps.")
  private int pairs;

  private final Set<String> sent = new TreeSet<>();
  private int refusals;
  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new ReinforceClusterProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (var platform =
            new RolePlatform(program, home, portsBase, SmallRecipe.settings(program, home));
        var source = new AcceptedPairs(platform.config());
        var ledger = new ReinforcedLedger(platform.config())) {
      Path state = platform.home().resolve("cluster");
      var cluster = new ReinforceCluster(platform, state, false);
      cluster.jobManager();
      cluster.taskManager(0);
      refused(cluster, platform, "more subtasks than slots", "slots", "--parallelism=5");
      refused(
          cluster,
          platform,
          "a transaction that ends before its checkpoint",
          "reinforce.transactionTimeout",
          "--set=reinforce.transactionTimeout=PT2S");
      refused(
          cluster,
          platform,
          "a transaction longer than Kafka can",
          "reinforce.transactionTimeout",
          "--set=reinforce.transactionTimeout=P30D");
      step(cluster, source, ledger, "submitted", "--parallelism=1");
      cluster.taskManager(1);
      step(cluster, source, ledger, "rescaled 1 to 2", "--parallelism=2");
      step(cluster, source, ledger, "rescaled 2 to 1", "--parallelism=1");
      step(cluster, source, ledger, "submitted again to the same processes", "--parallelism=1");
      cluster.killJobManager();
      cluster.jobManager();
      step(cluster, source, ledger, "JobManager killed, submitted again", "--parallelism=1");
      expect(cluster.submit("stop", "--stop") == 0, "the job does not stop");
      step(cluster, source, ledger, "stopped, then submitted again", "--parallelism=2");
      for (int i = 0; i < 50; i++) {
        ledger.poll(POLL); // whatever would come twice gets its chance
      }
      expect(ledger.pairs().equals(sent), "the sets differ");
      expect(ledger.doubles().isEmpty(), "twice: " + ledger.doubles());
      expect(ledger.refused() == 0, ledger.refused() + " refused");
      expect(ledger.versions().size() == 1, "versions " + ledger.versions());
    }
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN");
    return faults.isEmpty() ? 0 : 1;
  }

  private void refused(
      ReinforceCluster cluster, RolePlatform platform, String what, String name, String option)
      throws Exception {
    String log = "refused-" + refusals++;
    int code = cluster.submit(log, option);
    String said = Files.readString(platform.log(log));
    String message = said.lines().filter(line -> line.contains(name)).findFirst().orElse("");
    expect(code == WRONG_USAGE && !message.isEmpty(), what + " is not refused: " + code + said);
    say("refused: " + message);
  }

  /** Half of the pairs is on its way while the job is stopped and started, half comes after. */
  private void step(
      ReinforceCluster cluster,
      AcceptedPairs source,
      ReinforcedLedger ledger,
      String what,
      String option)
      throws Exception {
    send(source, pairs / 2);
    long start = System.nanoTime();
    int before = ledger.poll(POLL);
    expect(cluster.submit("submit", option) == 0, what + ": the submission fails");
    double submitted = (System.nanoTime() - start) / 1e9;
    send(source, pairs - pairs / 2);
    long end = System.nanoTime() + STALLED.toNanos();
    while (ledger.poll(POLL) < sent.size()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "%s: only %d of %d pairs came".formatted(what, ledger.poll(POLL), sent.size()));
      }
    }
    say(
        "%s: running after %.1f s; %d pairs before, all %d after %.1f s"
            .formatted(what, submitted, before, sent.size(), (System.nanoTime() - start) / 1e9));
  }

  private void send(AcceptedPairs source, int count) throws Exception {
    for (int i = 0; i < count; i++) {
      int number = sent.size();
      sent.add(source.send(number, "Blocks, number " + number, AcceptedPairs.picture(number)));
    }
    source.flush();
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
