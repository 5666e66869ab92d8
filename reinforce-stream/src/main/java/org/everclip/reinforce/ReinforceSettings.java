package org.everclip.reinforce;

import java.io.Serializable;
import java.util.Properties;
import org.everclip.contracts.Clients;
import org.everclip.contracts.config.EverclipConfig;

/**
 * What the job's operators need to know, in a form that travels to task managers. Paths are
 * absolute and must mean the same on every machine that runs the job.
 *
 * @param job name of the job, of its consumer group and of its transactions; changing it starts
 *     over
 * @param precision fp32 or bf16
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

  private static final String JOB = "everclip-reinforce";

  /** The settings of the role's section. */
  public static ReinforceSettings of(EverclipConfig config) {
    EverclipConfig.Reinforce section = config.reinforce();
    Properties producer = Clients.producer(config);
    producer.put(
        "transaction.timeout.ms",
        Integer.toString(Math.toIntExact(section.transactionTimeout().toMillis())));
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
}
