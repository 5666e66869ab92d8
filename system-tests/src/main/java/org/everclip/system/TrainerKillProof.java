package org.everclip.system;

import static org.everclip.system.TrainerRounds.CHECKPOINT_STEPS;
import static org.everclip.system.TrainerRounds.ROUNDS;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import org.everclip.contracts.registry.Manifest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A trainer that is killed with -9 at seeded moments, and stopped once, ends with the same bits as
 * one that is left alone.
 */
@Command(
    name = "trainer-kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills a trainer at seeded moments and compares its bits.")
public final class TrainerKillProof implements Callable<Integer> {

  private static final int LONGEST_WAIT_MILLIS = 5000;
  private static final double GRACE_SECONDS = 30;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22900")
  private int portsBase;

  @Option(names = "--kills", defaultValue = "50", description = "Kills: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(names = "--steps", defaultValue = "150", description = "A round: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(names = "--pairs", defaultValue = "2400", description = "Pairs: ${DEFAULT-VALUE}.")
  private int pairs;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainerKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath().normalize();
    var rounds = new TrainerRounds(program, home, steps, pairs, ReinforcedPairs.small(seed));
    try (var platform = rounds.platform("kills", portsBase)) {
      rounds.made().send(platform.config(), pairs + 1, ROUNDS + 1, i -> false);
      long start = System.nanoTime();
      TrainerRun undisturbed = rounds.train(platform, "undisturbed", seed);
      rounds.await(undisturbed);
      check(undisturbed.stop() <= GRACE_SECONDS, "the stop of an idle trainer took too long");
      String bits = undisturbed.bits();
      say("undisturbed: %.0f s, state %.16s".formatted(since(start), bits));

      start = System.nanoTime();
      TrainerRun killed = rounds.train(platform, "killed", seed);
      kill(killed);
      rounds.await(killed);
      say("%d kills: %.0f s, state %.16s".formatted(kills, since(start), killed.bits()));
      check(killed.bits().equals(bits), "the killed trainer ended with other bits");
      killed.stop();

      List<Manifest> clean = rounds.versions(platform, "undisturbed");
      List<Manifest> after = rounds.versions(platform, "killed");
      for (int round = 1; round <= ROUNDS; round++) {
        for (String file : List.of("model.safetensors", "train.safetensors")) {
          check(
              sha256(clean.get(round - 1), file).equals(sha256(after.get(round - 1), file)),
              "%s of round %d differs".formatted(file, round));
        }
      }
    }
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN: " + faults.size() + " faults");
    return faults.isEmpty() ? 0 : 1;
  }

  /** Each kill comes after a seeded step, and a seeded moment later; one stop in their middle. */
  private void kill(TrainerRun run) throws Exception {
    var random = new Random(seed);
    int last = (int) (ROUNDS * steps * 0.97);
    int[] moments = random.ints(kills, 0, last).sorted().toArray();
    for (int i = 0; i < kills; i++) {
      long step = run.awaitStep(moments[i] / CHECKPOINT_STEPS * CHECKPOINT_STEPS);
      int later = random.nextInt(LONGEST_WAIT_MILLIS);
      Thread.sleep(later);
      run.killAndStart();
      say("kill %d: %d ms after the checkpoint of step %d was seen".formatted(i + 1, later, step));
      if (i == kills / 2) {
        run.awaitStep(run.step() + CHECKPOINT_STEPS);
        double seconds = run.stop();
        say("stopped amid a round within %.1f s".formatted(seconds));
        check(seconds <= GRACE_SECONDS, "the stop took %.1f s".formatted(seconds));
        run.start();
      }
    }
  }

  private static String sha256(Manifest manifest, String file) {
    return manifest.file(file).orElseThrow().sha256();
  }

  private void check(boolean holds, String fault) {
    if (!holds) {
      faults.add(fault);
    }
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
