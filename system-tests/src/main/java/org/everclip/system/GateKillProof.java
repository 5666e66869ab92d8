package org.everclip.system;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * kill -9 of gates at seeded moments amid small pairs: a reader of its own finds each acknowledged
 * record in exactly one of accepted and rejected, and of copies exactly one accepted.
 */
@Command(
    name = "gate-kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills gates at seeded moments under load and compares sets.")
public final class GateKillProof implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration STALLED = Duration.ofMinutes(5);

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22800")
  private int portsBase;

  @Option(names = "--pairs", defaultValue = "100000", description = "Records: ${DEFAULT-VALUE}.")
  private int pairs;

  @Option(names = "--kills", defaultValue = "50", description = "Kills: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(names = "--gates", defaultValue = "2", description = "Instances: ${DEFAULT-VALUE}.")
  private int gates;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  public static void main(String[] args) {
    System.exit(new CommandLine(new GateKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    try (var platform = new GatePlatform(program, home, portsBase, List.of());
        var ledger = new GateLedger(platform.config())) {
      for (int gate = 0; gate < gates; gate++) {
        platform.gate(gate);
      }
      long start = System.nanoTime();
      var source = new SmallPairs(platform.config(), seed);
      List<String> acknowledged = source.send(pairs);
      say(
          "%d records acknowledged in %d partitions, %d gates"
              .formatted(acknowledged.size(), platform.config().kafka().partitions(), gates));
      kill(platform, ledger);
      await(ledger, pairs);
      // Whatever would be decided twice gets its chance to appear.
      for (int i = 0; i < 50; i++) {
        ledger.poll(POLL);
      }
      List<String> faults = ledger.faults(acknowledged, source.captions());
      faults.stream().limit(20).forEach(fault -> say("FAULT " + fault));
      say(
          "%d kills, %.0f s: %s"
              .formatted(kills, (System.nanoTime() - start) / 1e9, ledger.outcomes()));
      say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN: " + faults.size() + " faults");
      return faults.isEmpty() ? 0 : 1;
    }
  }

  /** Each kill comes when a seeded share of the records is decided, and a seeded moment later. */
  private void kill(GatePlatform platform, GateLedger ledger) throws Exception {
    var random = new Random(seed);
    int[] moments = random.ints(kills, 1, Math.max(2, pairs * 9 / 10)).sorted().toArray();
    for (int i = 0; i < kills; i++) {
      int decided = await(ledger, moments[i]);
      long later = random.nextInt(1500);
      Thread.sleep(later);
      int gate = random.nextInt(gates);
      platform.kill(gate);
      platform.gate(gate);
      say("kill %d: gate %d, %d ms after %d decisions".formatted(i + 1, gate, later, decided));
    }
  }

  private static int await(GateLedger ledger, int wanted) {
    int decided = ledger.poll(POLL);
    long changed = System.nanoTime();
    while (decided < wanted) {
      int now = ledger.poll(POLL);
      if (now > decided) {
        decided = now;
        changed = System.nanoTime();
      } else if (System.nanoTime() - changed > STALLED.toNanos()) {
        throw new IllegalStateException(
            "nothing was decided for %s; %d of %d are".formatted(STALLED, decided, wanted));
      }
    }
    return decided;
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
