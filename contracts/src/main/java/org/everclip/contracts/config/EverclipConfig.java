package org.everclip.contracts.config;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * All settings. Names, defaults and meanings are those of {@code everclip-defaults.yaml}; relative
 * state paths are resolved against {@code home} by {@link #inHome}, shipped files (recipe,
 * tokenizer, data) against the program's folder by {@link #inProgram}.
 *
 * @param home where state lives; not a key of the file but given by {@code --home}
 * @param program the folder that holds {@code demo/}
 */
public record EverclipConfig(
    Path home,
    Path program,
    Kafka kafka,
    SchemaRegistry schemaRegistry,
    Limits limits,
    Gate gate,
    Fetch fetch,
    Receive receive,
    Reinforce reinforce,
    Trainer trainer,
    Registry registry,
    Evaluation evaluation,
    Dashboard dashboard,
    Platform platform) {

  /** A state path below the home folder. */
  public Path inHome(String path) {
    return home.resolve(path);
  }

  /** A path of a file that travels with the program; absolute paths stay. */
  public Path inProgram(String path) {
    return program.resolve(path);
  }

  public record Kafka(
      String bootstrap, Map<String, String> properties, short replication, int partitions) {}

  public record SchemaRegistry(String url) {}

  public record Limits(
      int maxImageBytes,
      int maxImageSide,
      long maxImagePixels,
      int minImageSide,
      double maxImageAspect,
      double minImageContrast,
      int maxStoredSide,
      int maxCaptionChars,
      int minCaptionChars) {}

  public record Gate(
      String stateDir,
      int nearDuplicateDistance,
      double nearDuplicateRms,
      String sameImageOtherCaption,
      double holdoutShare,
      String holdoutSalt,
      List<Instant> periods,
      Instant earliestEventTime,
      int deduplicationCapacity,
      String evaluationHashes,
      int threads) {}

  public record Fetch(
      boolean enabled,
      String stateDir,
      int concurrency,
      int window,
      int perHost,
      Duration hostDelay,
      Duration connectTimeout,
      Duration timeout,
      int attempts,
      Duration backoff,
      int maxRedirects,
      List<Integer> ports,
      List<String> hosts,
      List<String> allowAddresses,
      String userAgent,
      List<String> optOut,
      String wrongChecksum,
      double minArrivalRate,
      int arrivalSample,
      Duration arrivalPause) {}

  public record Receive(
      boolean enabled, String host, int port, String token, long maxWaitingBytes) {}

  public record Reinforce(
      String recipe,
      String checkpointDir,
      Duration checkpointInterval,
      Duration transactionTimeout,
      int parallelism,
      int batchPairs,
      Duration batchWait,
      int uiPort,
      String precision,
      String backfillFrom,
      String onBadModel) {}

  public record Trainer(
      String model,
      String name,
      String tokenizer,
      String stateDir,
      String initFrom,
      long seed,
      int batchSize,
      double learningRate,
      int warmupSteps,
      double annealShare,
      double weightDecay,
      double clipNorm,
      double lambda,
      List<Double> teacherScales,
      boolean synthetic,
      double emaDecay,
      String precision,
      int roundPairs,
      Duration roundWait,
      int roundSteps,
      int minRoundPairs,
      int maxRounds,
      boolean rehearseWhenIdle,
      int maxIdleRounds,
      boolean shuffleCaptions,
      String replay,
      double replayShare,
      int reservoirCapacity,
      int checkpointSteps,
      int keepCheckpoints,
      boolean roundPeriods,
      String schedule,
      int roundWarmupSteps,
      boolean carryOptimizer,
      double patching,
      int microBatch,
      Compatibility compatibility,
      Cost cost) {}

  public record Compatibility(double weight, double temperature, String mask) {}

  public record Cost(
      double pricePerHour,
      String currency,
      double pricePerReinforcedPair,
      double amortiseOver,
      double peakGflops) {}

  public record Registry(String url, int port, String storage, String token, String organization) {}

  public record Evaluation(
      String data,
      String datacomp,
      boolean holdout,
      int holdoutMinimum,
      int holdoutSamples,
      int quickSamples,
      String cacheDir,
      String precision,
      Promotion promotion) {}

  public record Promotion(
      String alias,
      double minGain,
      double maxTaskDrop,
      double maxNegativeFlips,
      double maxLatencyRatio,
      List<String> requiredTasks) {}

  public record Dashboard(
      int port,
      String stateDir,
      int samples,
      List<String> searchModels,
      int searchPairs,
      String token) {}

  public record Platform(
      int brokerPort,
      int controllerPort,
      int schemaRegistryPort,
      String brokerHeap,
      int demoMinutes) {}
}
