package org.everclip.reinforce;

import java.io.Serializable;
import java.time.Duration;
import java.util.Properties;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;

/**
 * What the job's operators need to know, in a form that travels to task managers. Paths are
 * absolute and must mean the same on every machine that runs the job.
 *
 * @param job name of the job, of its consumer group and of its transactions; changing it starts
 *     over
 * @param precision auto, fp32 or bf16
 * @param workers threads that call the models, in each process
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
    long batchWaitMillis)
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
    Properties consumer = Clients.consumer(config);
    consumer.remove("auto.offset.reset"); // the source says where to begin
    return new ReinforceSettings(
        JOB,
        consumer,
        producer,
        config.schemaRegistry().url(),
        config.program().toAbsolutePath().toString(),
        config.inProgram(section.recipe()).toAbsolutePath().toString(),
        section.precision(),
        section.parallelism(),
        section.parallelism(),
        section.batchPairs(),
        section.batchWait().toMillis());
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
    return new ReinforceSettings(
        job,
        consumer,
        producer,
        schemaRegistry,
        program,
        recipe,
        precision,
        parallelism,
        threads,
        batchPairs,
        batchWaitMillis);
  }

  /** The same with so many subtasks. */
  ReinforceSettings withParallelism(int subtasks) {
    return new ReinforceSettings(
        job,
        consumer,
        producer,
        schemaRegistry,
        program,
        recipe,
        precision,
        subtasks,
        workers,
        batchPairs,
        batchWaitMillis);
  }
}
