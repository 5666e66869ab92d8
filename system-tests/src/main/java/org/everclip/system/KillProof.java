package org.everclip.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * kill -9 of every role and of the broker at seeded moments while real pairs flow: the system comes
 * back by itself, and the sets of ids are complete without doubles, by {@code reconcile} and by a
 * reader that shares no code with it.
 */
@Command(
    name = "kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills every role at seeded moments under load and compares sets.")
public final class KillProof implements Callable<Integer> {

  private static final Duration COME_BACK = Duration.ofSeconds(120);
  private static final Duration DRAIN = Duration.ofMinutes(10);

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "21800")
  private int portsBase;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  @Option(
      names = "--rounds",
      defaultValue = "1",
      description = "How often each role is killed (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--rate",
      defaultValue = "8",
      description = "Pairs a second, so that the load lasts as long as the kills.")
  private double rate;

  @Option(names = "--source", arity = "1..*", description = "Shards to push (default: the demo's).")
  private List<String> sources = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new KillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    if (sources.isEmpty()) {
      sources.add(root.resolve("demo/train-permissive") + "/*.tar");
    }
    try (Platform platform =
        Platform.up(root, home.toAbsolutePath(), portsBase, List.of("trainer.roundSteps=20"))) {
      Thread load = load(platform);
      killInTurn(platform);
      load.join();
      return verdict(platform);
    }
  }

  /** Pushes the pairs slowly, so that every kill happens under load. */
  private Thread load(Platform platform) {
    var thread =
        new Thread(
            () -> {
              try {
                var command = new ArrayList<String>();
                command.add("ingest");
                command.addAll(sources);
                command.addAll(
                    List.of("--source-name", "kill-proof", "--rate", Double.toString(rate)));
                int code =
                    platform.run(
                        platform.home().resolve("ingest.log"), command.toArray(String[]::new));
                say("producer ended with " + code);
              } catch (Exception e) {
                say("producer failed: " + e);
              }
            },
            "load");
    thread.start();
    return thread;
  }

  private void killInTurn(Platform platform) throws InterruptedException {
    var random = new Random(seed);
    for (int round = 1; round <= rounds; round++) {
      var roles = new ArrayList<>(platform.roles().pids().keySet());
      Collections.shuffle(roles, random);
      for (String role : roles) {
        long pause = 1000 + random.nextInt(4000);
        Thread.sleep(pause);
        long start = System.nanoTime();
        Long pid = platform.roles().pids().get(role);
        platform.kill(role);
        platform.await(
            COME_BACK,
            role + " is back and every role is ready",
            () -> {
              Platform.Roles now = platform.roles();
              return now.ready()
                  && !String.valueOf(now.pids().get(role)).equals(String.valueOf(pid));
            });
        say(
            "round %d: killed %s after %d ms, all ready again in %.1f s"
                .formatted(round, role, pause, (System.nanoTime() - start) / 1e9));
      }
    }
  }

  private int verdict(Platform platform) throws Exception {
    EverclipConfig config =
        new ConfigLoader(platform.environment()).load(platform.home(), null, List.of());
    say("waiting until everything that was offered has gone through");
    long end = System.nanoTime() + DRAIN.toNanos();
    FlowSets sets = FlowSets.read(config);
    while (!sets.faults().isEmpty() && System.nanoTime() < end) {
      Thread.sleep(5000);
      sets = FlowSets.read(config);
    }
    Map<String, Integer> sizes = sets.sizes();
    List<String> faults = sets.faults();
    Path output = platform.home().resolve("reconcile.json");
    int reconcile = platform.run(output, "reconcile", "--json");
    say("independent reader: " + sizes + (faults.isEmpty() ? ", complete, no doubles" : ""));
    faults.stream().limit(20).forEach(fault -> say("FAULT " + fault));
    say("reconcile ended with " + reconcile + ": " + Files.readString(output).strip());
    boolean good = faults.isEmpty() && reconcile == 0 && sizes.getOrDefault("raw", 0) > 0;
    say(good ? "PROVEN" : "NOT PROVEN");
    return good ? 0 : 1;
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
