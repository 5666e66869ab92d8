package org.everclip.system;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryClient;

/**
 * What the proofs about training share: rounds of seeded pairs, a period each, and the versions
 * that come of them.
 *
 * @param home of trainers and what was fetched
 * @param steps of a round
 * @param pairs of all rounds; the last period's are one more, so that each round's period is over
 */
record TrainerRounds(Path program, Path home, int steps, int pairs, ReinforcedPairs made) {

  static final int ROUNDS = 4;
  static final int BATCH = 16;
  static final int CHECKPOINT_STEPS = 10;

  private static final int HELD_OUT = 512;
  private static final String TOKEN = "proof";

  /** Broker, schema registry and model registry, empty. */
  RolePlatform platform(String name, int ports) throws IOException, InterruptedException {
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

  /** Starts a trainer that ends after the last round. */
  TrainerRun train(RolePlatform platform, String name, long seed) throws IOException {
    return new TrainerRun(
        platform,
        home,
        name,
        List.of(
            "trainer.seed=" + seed,
            "trainer.precision=fp32",
            "trainer.batchSize=" + BATCH,
            "trainer.roundSteps=" + steps,
            "trainer.roundPeriods=true",
            "trainer.minRoundPairs=" + pairs / ROUNDS / 2,
            "trainer.maxRounds=" + ROUNDS,
            "trainer.rehearseWhenIdle=false",
            "trainer.checkpointSteps=" + CHECKPOINT_STEPS,
            "trainer.cost.peakGflops=1"));
  }

  /** Waits for the last version. */
  void await(TrainerRun run) throws IOException, InterruptedException {
    run.awaitStep(allSteps());
    run.awaitPublished(ROUNDS);
  }

  int allSteps() {
    return ROUNDS * steps;
  }

  List<Manifest> versions(RolePlatform platform, String model) {
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
  double unseenLoss(RolePlatform platform, String model) throws IOException {
    try (ClipModel clip = ClipModel.load(newest(platform, model), Precision.FP32)) {
      return made.loss(clip, pairs + 1, HELD_OUT, BATCH);
    }
  }

  /** What the trainer's loss was, by step, in the second half of the last round. */
  Map<Long, Double> lastLosses(RolePlatform platform, String model) throws IOException {
    var losses = new TreeMap<Long, Double>();
    List<String> lines = Files.readAllLines(newest(platform, model).resolve("training.csv"));
    int column = List.of(lines.get(0).split(",")).indexOf("loss");
    for (String line : lines.subList(1, lines.size())) {
      String[] values = line.split(",");
      long step = Long.parseLong(values[0]);
      if (step > allSteps() - steps / 2) {
        losses.put(step, Double.parseDouble(values[column]));
      }
    }
    return losses;
  }

  private Path newest(RolePlatform platform, String model) throws IOException {
    var client = client(platform);
    var version = client.version(model, "v" + ROUNDS).orElseThrow();
    return client.fetchAll(version, home.resolve("fetched"));
  }

  private static RegistryClient client(RolePlatform platform) {
    return new RegistryClient(URI.create(platform.config().registry().url()), TOKEN);
  }
}
