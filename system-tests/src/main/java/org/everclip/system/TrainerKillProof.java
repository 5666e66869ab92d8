package org.everclip.system;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.RejectionStage;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A trainer that is killed with -9 at seeded moments, and stopped once, ends with the same bits as
 * one that is left alone; and one that meets batches that are not numbers publishes no bad version.
 */
@Command(
    name = "trainer-kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills a trainer at seeded moments and compares its bits; poisons batches.")
public final class TrainerKillProof implements Callable<Integer> {

  private static final int ROUNDS = 4;
  private static final int BATCH = 16;
  private static final int CHECKPOINT_STEPS = 10;
  private static final int LONGEST_WAIT_MILLIS = 5000;
  private static final double GRACE_SECONDS = 30;
  private static final double LOSS_TOLERANCE = 0.01;
  private static final int HELD_OUT = 512;
  private static final String TOKEN = "proof";

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22900")
  private int portsBase;

  @Option(names = "--kills", defaultValue = "50", description = "Kills: ${DEFAULT-VALUE}; 0: none.")
  private int kills;

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

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new TrainerKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath().normalize();
    poison(kills());
    faults.forEach(fault -> say("FAULT " + fault));
    say(faults.isEmpty() ? "PROVEN" : "NOT PROVEN: " + faults.size() + " faults");
    return faults.isEmpty() ? 0 : 1;
  }

  private double kills() throws Exception {
    try (var platform = platform("kills", portsBase)) {
      ReinforcedPairs.small(seed).send(platform.config(), pairs + 1, ROUNDS + 1, i -> false);
      long start = System.nanoTime();
      var undisturbed = new TrainerRun(platform, home, "undisturbed", settings());
      undisturbed.awaitStep((long) ROUNDS * steps);
      undisturbed.awaitPublished(ROUNDS);
      check(undisturbed.stop() <= GRACE_SECONDS, "the stop of an idle trainer took too long");
      String bits = undisturbed.bits();
      say("undisturbed: %.0f s, state %.16s".formatted(since(start), bits));
      if (kills == 0) {
        return loss(platform, "undisturbed");
      }

      start = System.nanoTime();
      var killed = new TrainerRun(platform, home, "killed", settings());
      kill(killed);
      killed.awaitStep((long) ROUNDS * steps);
      killed.awaitPublished(ROUNDS);
      say("%d kills: %.0f s, state %.16s".formatted(kills, since(start), killed.bits()));
      check(killed.bits().equals(bits), "the killed trainer ended with other bits");
      killed.stop();

      List<Manifest> clean = versions(platform, "undisturbed");
      List<Manifest> after = versions(platform, "killed");
      for (int round = 1; round <= ROUNDS; round++) {
        for (String file : List.of("model.safetensors", "train.safetensors")) {
          check(
              sha256(clean.get(round - 1), file).equals(sha256(after.get(round - 1), file)),
              "%s of round %d differs".formatted(file, round));
        }
      }
      return loss(platform, "undisturbed");
    }
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

  private void poison(double before) throws Exception {
    try (var platform = platform("poisoned", portsBase + 40)) {
      var random = new Random(seed);
      Set<Integer> bad = new HashSet<>();
      while (bad.size() < poisoned) {
        bad.add(random.nextInt(pairs / ROUNDS * 3));
      }
      ReinforcedPairs.small(seed).send(platform.config(), pairs + 1, ROUNDS + 1, bad::contains);
      var run = new TrainerRun(platform, home, "poisoned", settings());
      run.awaitStep((long) ROUNDS * steps);
      run.awaitPublished(ROUNDS);
      run.stop();
      List<Manifest> versions = versions(platform, "poisoned");
      int skipped = 0;
      for (Manifest version : versions) {
        skipped += (int) number(version, "skippedSteps");
        double parity = number(version, "parityMaxDifference");
        check(parity <= 1e-4, "a version's forms differ by " + parity);
      }
      double after = loss(platform, "poisoned");
      say(
          "%d of %d batches were not finite (%.1f %%); loss at the end %.4f, clean %.4f (%+.2f %%)"
              .formatted(
                  skipped,
                  ROUNDS * steps,
                  100.0 * skipped / (ROUNDS * steps),
                  after,
                  before,
                  100 * (after / before - 1)));
      check(skipped > 0, "no batch was poisoned");
      check(Math.abs(after / before - 1) <= LOSS_TOLERANCE, "the loss at the end differs");
      int refused = refused(platform, bad);
      say("%d refusals of stage TRAIN name the keys of the batches".formatted(refused));
      check(refused >= skipped * BATCH, "refusals of quarantined pairs are missing");
    }
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

  private RolePlatform platform(String name, int ports) throws Exception {
    Path own = home.resolve("platform-" + name);
    var platform =
        new RolePlatform(
            program, own, ports, List.of("kafka.partitions=1", "registry.token=" + TOKEN));
    platform.start(
        "model-registry",
        "model-registry",
        "org.everclip.registry.RegistryMain",
        own.resolve("registry"),
        List.of("-Xmx192m"));
    return platform;
  }

  /** One more period than rounds, so that each round's period is over. */
  private List<String> settings() {
    return List.of(
        "trainer.precision=fp32",
        "trainer.batchSize=" + BATCH,
        "trainer.roundSteps=" + steps,
        "trainer.roundPeriods=true",
        "trainer.minRoundPairs=" + pairs / ROUNDS / 2,
        "trainer.maxRounds=" + ROUNDS,
        "trainer.rehearseWhenIdle=false",
        "trainer.checkpointSteps=" + CHECKPOINT_STEPS,
        "trainer.cost.peakGflops=1");
  }

  private List<Manifest> versions(RolePlatform platform, String model) {
    List<Manifest> versions =
        client(platform).versions(model).stream()
            .map(info -> info.signedManifest().manifest())
            .sorted(Comparator.comparingInt(Manifest::version))
            .toList();
    if (versions.size() != ROUNDS) {
      throw new IllegalStateException(
          "%s has %d versions, expected %d".formatted(model, versions.size(), ROUNDS));
    }
    return versions;
  }

  /** The contrastive loss of the newest version on pairs that none has trained on. */
  private double loss(RolePlatform platform, String model) throws IOException {
    var client = client(platform);
    var version = client.version(model, "v" + ROUNDS).orElseThrow();
    Path folder = client.fetchAll(version, home.resolve("fetched"));
    try (ClipModel clip = ClipModel.load(folder, Precision.FP32)) {
      return ReinforcedPairs.small(seed).loss(clip, pairs + 1, HELD_OUT, BATCH);
    }
  }

  private static RegistryClient client(RolePlatform platform) {
    return new RegistryClient(URI.create(platform.config().registry().url()), TOKEN);
  }

  private static String sha256(Manifest manifest, String file) {
    return manifest.file(file).orElseThrow().sha256();
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

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void say(String text) {
    System.out.println(text);
  }
}
