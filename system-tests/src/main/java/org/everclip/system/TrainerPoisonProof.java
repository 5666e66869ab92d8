package org.everclip.system;

import static org.everclip.system.TrainerRounds.BATCH;
import static org.everclip.system.TrainerRounds.ROUNDS;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.IntPredicate;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.registry.Manifest;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A trainer that meets batches that are not numbers names their keys, publishes no bad version, and
 * ends with the loss of one that meets none. The pictures have few colours, so that many are alike:
 * the loss soon stands on a floor, where what is compared is the training and not how far it got.
 */
@Command(
    name = "trainer-poison-proof",
    mixinStandardHelpOptions = true,
    description = "Trains with batches that are not numbers, and without.")
public final class TrainerPoisonProof implements Callable<Integer> {

  private static final double LOSS_TOLERANCE = 0.01;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22900")
  private int portsBase;

  @Option(names = "--steps", defaultValue = "150", description = "A round: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(names = "--pairs", defaultValue = "2400", description = "Pairs: ${DEFAULT-VALUE}.")
  private int pairs;

  @Option(
      names = "--colours",
      defaultValue = "2",
      description = "Of the pictures' four blocks, up to 8: ${DEFAULT-VALUE}.")
  private int colours;

  @Option(
      names = "--poisoned",
      defaultValue = "2",
      description =
          "Pairs whose rows are not numbers: ${DEFAULT-VALUE} (each 0.5 to 1 %% of batches).")
  private int poisoned;

  @Option(
      names = "--others",
      defaultValue = "1",
      description = "Clean trainings with other seeds, to see their spread: ${DEFAULT-VALUE}.")
  private int others;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainerPoisonProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath().normalize();
    var made = ReinforcedPairs.small(seed).withColours(colours);
    var rounds = new TrainerRounds(program, home, steps, pairs, made);
    double clean = clean(rounds);
    poison(rounds, clean);
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN: " + faults.size() + " faults");
    return faults.isEmpty() ? 0 : 1;
  }

  /** The loss at the end without poisoned pairs. */
  private double clean(TrainerRounds rounds) throws Exception {
    try (var platform = rounds.platform("clean", portsBase)) {
      send(rounds, platform, i -> false);
      double[] losses = new double[1 + others];
      for (int i = 0; i < losses.length; i++) {
        TrainerRun run = rounds.train(platform, "clean-" + i, seed + i);
        rounds.await(run);
        run.stop();
        losses[i] = rounds.loss(platform, "clean-" + i);
        say(
            "clean, seed %d: loss at the end %.4f (%+.2f %%)"
                .formatted(seed + i, losses[i], percent(losses[i], losses[0])));
      }
      return losses[0];
    }
  }

  private void poison(TrainerRounds rounds, double clean) throws Exception {
    try (var platform = rounds.platform("poisoned", portsBase + 40)) {
      var random = new Random(seed);
      Set<Integer> bad = new HashSet<>();
      while (bad.size() < poisoned) {
        bad.add(random.nextInt(pairs / ROUNDS * 3));
      }
      send(rounds, platform, bad::contains);
      TrainerRun run = rounds.train(platform, "poisoned", seed);
      rounds.await(run);
      run.stop();
      int skipped = 0;
      for (Manifest version : rounds.versions(platform, "poisoned")) {
        skipped += (int) number(version, "skippedSteps");
        double parity = number(version, "parityMaxDifference");
        check(parity <= 1e-4, "a version's forms differ by " + parity);
      }
      double after = rounds.loss(platform, "poisoned");
      say(
          "%d of %d batches were not finite (%.1f %%); loss at the end %.4f, clean %.4f (%+.2f %%)"
              .formatted(
                  skipped,
                  rounds.allSteps(),
                  100.0 * skipped / rounds.allSteps(),
                  after,
                  clean,
                  percent(after, clean)));
      check(skipped > 0, "no batch was poisoned");
      check(Math.abs(after / clean - 1) <= LOSS_TOLERANCE, "the loss at the end differs");
      int refused = refused(platform, bad);
      say("%d refusals of stage TRAIN name the keys of the batches".formatted(refused));
      check(refused >= skipped * BATCH, "refusals of quarantined pairs are missing");
    }
  }

  private void send(TrainerRounds rounds, RolePlatform platform, IntPredicate bad)
      throws Exception {
    rounds.made().send(platform.config(), pairs + 1, ROUNDS + 1, bad);
  }

  /** How many refusals of stage TRAIN there are; each poisoned pair must be among them. */
  private int refused(RolePlatform platform, Set<Integer> bad) throws Exception {
    RecordCodec<RejectedPair> codec =
        RecordCodec.of(Topics.REJECTED, Clients.schemaRegistry(platform.config()));
    var ids = new HashSet<String>();
    int count = 0;
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(platform.config()),
            new StringDeserializer(),
            new ByteArrayDeserializer())) {
      var partition = new TopicPartition(Topics.REJECTED.name(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (var record : consumer.poll(Duration.ofSeconds(1))) {
          RejectedPair rejected = codec.decode(record.value());
          if (rejected != null && rejected.getStage() == RejectionStage.TRAIN) {
            ids.add(record.key());
            count++;
          }
        }
      }
    }
    for (int number : bad) {
      check(ids.contains(ReinforcedPairs.id(number)), "poisoned pair " + number + " is not named");
    }
    return count;
  }

  private static double number(Manifest manifest, String detail) {
    if (manifest.details().get(detail) instanceof Number number) {
      return number.doubleValue();
    }
    throw new IllegalStateException("version %d has no %s".formatted(manifest.version(), detail));
  }

  private static double percent(double loss, double clean) {
    return 100 * (loss / clean - 1);
  }

  private void check(boolean holds, String fault) {
    if (!holds) {
      faults.add(fault);
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
