package org.everclip.reinforce;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;

/**
 * What the job's operators need to know, in a form that travels to task managers. Paths are
 * absolute and must mean the same on every machine that runs the job.
 *
 * @param job name of the job, of its consumer group and of its transactions; changing it starts
 *     over
 * @param precision fp32 or bf16; {@code auto} is decided where the job is submitted, for all
 * @param workers threads that call the models, in each process
 * @param backfillFrom which older pairs a changed recipe goes back to, see {@link BackfillFrom}
 */
@SuppressWarnings("ImmutableMemberCollection")
public record ReinforceSettings(
    String job,
    Properties consumer,
    Properties producer,
    String schemaRegistry,
    String program,
    String recipe,
    String precision,
    int parallelism,
    int workers,
    int batchPairs,
    long batchWaitMillis,
    String backfillFrom,
    OnBadModel onBadModel)
    implements Serializable {

  /** Name of the job. */
  static final String JOB = "everclip-reinforce";

  /** The settings of the role's section. */
  public static ReinforceSettings of(EverclipConfig config) {
    EverclipConfig.Reinforce section = config.reinforce();
    Properties producer = Clients.producer(config);
    producer.put(
        "transaction.timeout.ms", Integer.toString(milliseconds(section.transactionTimeout())));
    // Two minutes of a silent broker end the attempt; the job then restarts from its checkpoint.
    producer.put("delivery.timeout.ms", "120000");
    var unused = BackfillFrom.at(section.backfillFrom(), Instant.now()); // refuses what is wrong
    Properties consumer = Clients.consumer(config);
    consumer.remove("auto.offset.reset"); // the source says where to begin
    return new ReinforceSettings(
        JOB,
        consumer,
        producer,
        config.schemaRegistry().url(),
        config.program().toAbsolutePath().toString(),
        config.inProgram(section.recipe()).toAbsolutePath().toString(),
        precision(section.precision()),
        section.parallelism(),
        section.parallelism(),
        section.batchPairs(),
        section.batchWait().toMillis(),
        section.backfillFrom(),
        OnBadModel.of(section.onBadModel()));
  }

  private static String precision(String setting) {
    try {
      return Precision.named(setting).setting();
    } catch (IllegalArgumentException e) {
      throw new ConfigException("reinforce." + e.getMessage(), e);
    }
  }

  private static int milliseconds(Duration timeout) {
    if (timeout.toMillis() > Integer.MAX_VALUE) {
      throw new ConfigException(
          "reinforce.transactionTimeout is %s, but Kafka's transactions last %s at most"
              .formatted(timeout, Duration.ofMillis(Integer.MAX_VALUE)));
    }
    return (int) timeout.toMillis();
  }

  /** The same with so many threads that call the models in each process. */
  ReinforceSettings withWorkers(int threads) {
    return with(parallelism, threads);
  }

  /** The same with so many subtasks. */
  ReinforceSettings withParallelism(int subtasks) {
    return with(subtasks, workers);
  }

  private ReinforceSettings with(int subtasks, int threads) {
    return new ReinforceSettings(
        job,
        consumer,
        producer,
        schemaRegistry,
        program,
        recipe,
        precision,
        subtasks,
        threads,
        batchPairs,
        batchWaitMillis,
        backfillFrom,
        onBadModel);
  }
}
