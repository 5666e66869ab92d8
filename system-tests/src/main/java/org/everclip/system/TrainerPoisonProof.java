package org.everclip.system;

import static org.everclip.system.TrainerRounds.BATCH;
import static org.everclip.system.TrainerRounds.ROUNDS;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
 * ends with the loss of one that meets none: the mean over those steps of the last round's second
 * half that both have made, whose batches are the same but for what was left out. The loss on pairs
 * that none has seen is told beside it, with that of clean trainings in another order: two ends of
 * short trainings differ there by more than is asked.
 */
@Command(
    name = "trainer-poison-proof",
    mixinStandardHelpOptions = true,
    description = "Trains with batches that are not numbers, and without.")
public final class TrainerPoisonProof implements Callable<Integer> {

  private static final double TOLERANCE_PERCENT = 1;

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

  /** How a training ended. */
  private record End(Map<Long, Double> losses, double unseen) {

    /** Percent by which the loss of the steps that both have made is higher than the other's. */
    double above(End other) {
      var both = new HashSet<>(losses.keySet());
      both.retainAll(other.losses.keySet());
      double sum = both.stream().mapToDouble(losses::get).sum();
      return 100 * (sum / both.stream().mapToDouble(other.losses::get).sum() - 1);
    }

    double unseenAbove(End other) {
      return 100 * (unseen / other.unseen - 1);
    }

    double mean() {
      return losses.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
    }
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainerPoisonProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath().normalize();
    poison(clean());
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN: " + faults.size() + " faults");
    return faults.isEmpty() ? 0 : 1;
  }

  /** How the training without poisoned pairs ends. */
  private End clean() throws Exception {
    try (var platform = rounds().platform("clean", portsBase)) {
      send(platform, i -> false);
      End first = train(platform, "clean-0", seed);
      say("clean: " + text(first, first));
      for (int i = 1; i <= others; i++) {
        End other = train(platform, "clean-" + i, seed + i);
        say("clean, another order: " + text(other, first));
      }
      return first;
    }
  }

  private void poison(End clean) throws Exception {
    try (var platform = rounds().platform("poisoned", portsBase + 40)) {
      var random = new Random(seed);
      Set<Integer> bad = new HashSet<>();
      while (bad.size() < poisoned) {
        bad.add(random.nextInt(pairs / ROUNDS * 3));
      }
      send(platform, bad::contains);
      End end = train(platform, "poisoned", seed);
      int skipped = 0;
      for (Manifest version : rounds().versions(platform, "poisoned")) {
        skipped += (int) number(version, "skippedSteps");
        double parity = number(version, "parityMaxDifference");
        check(parity <= 1e-4, "a version's forms differ by " + parity);
      }
      say(
          "%d of %d batches not finite (%.1f %%): %s"
              .formatted(
                  skipped,
                  rounds().allSteps(),
                  100.0 * skipped / rounds().allSteps(),
                  text(end, clean)));
      check(skipped > 0, "no batch was poisoned");
      check(Math.abs(end.above(clean)) <= TOLERANCE_PERCENT, "the loss at the end differs");
      int refused = refused(platform, bad);
      say("%d refusals of stage TRAIN name the keys of the batches".formatted(refused));
      check(refused >= skipped * BATCH, "refusals of quarantined pairs are missing");
    }
  }

  private End train(RolePlatform platform, String name, long withSeed) throws Exception {
    TrainerRun run = rounds().train(platform, name, withSeed);
    rounds().await(run);
    run.stop();
    return new End(rounds().lastLosses(platform, name), rounds().unseenLoss(platform, name));
  }

  private static String text(End end, End clean) {
    return "loss at the end %.4f (%+.2f %%), on unseen pairs %.4f (%+.2f %%)"
        .formatted(end.mean(), end.above(clean), end.unseen(), end.unseenAbove(clean));
  }

  private void send(RolePlatform platform, IntPredicate bad) throws Exception {
    rounds().made().send(platform.config(), pairs + 1, ROUNDS + 1, bad);
  }

  private TrainerRounds rounds() {
    return new TrainerRounds(program, home, steps, pairs, ReinforcedPairs.small(seed));
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

  private void check(boolean holds, String fault) {
    if (!holds) {
      faults.add(fault);
    }
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
