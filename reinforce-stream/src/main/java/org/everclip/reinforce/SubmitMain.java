package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.api.common.JobStatus;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Submits the reinforcement job to a session cluster, rescales it, or stops it. */
@Command(
    name = "reinforce-submit",
    mixinStandardHelpOptions = true,
    description = {
      "Submits the reinforcement job to a cluster; it goes on where it stopped. A job that runs is",
      "first stopped with a savepoint, so --parallelism rescales. With --stop it is only stopped."
    })
public final class SubmitMain implements Callable<Integer> {

  private static final Duration SLOTS_WAIT = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private ConfigOptions options = new ConfigOptions();
  @Mixin private ClusterAddress address = new ClusterAddress();

  @Option(names = "--stop", description = "Stop the job with a savepoint and do not start it.")
  private boolean stop;

  @Option(names = "--parallelism", description = "Subtasks (default: reinforce.parallelism).")
  private int parallelism;

  @Option(
      names = "--slots",
      defaultValue = "1",
      description = "Slots of each TaskManager: threads that call the models in one process.")
  private int slots;

  @Option(
      names = "--jar",
      description = "The job's jar, where the cluster's processes do not have its classes.")
  private String[] jars = {};

  public static void main(String[] args) {
    var commandLine = new CommandLine(new SubmitMain());
    commandLine.setExecutionExceptionHandler(
        (e, parsed, result) -> {
          parsed.getErr().println(e.getMessage());
          return e instanceof ConfigException ? 2 : 1;
        });
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    EverclipConfig config = options.load();
    EverclipConfig.Reinforce section = config.reinforce();
    ReinforceSettings settings = ReinforceSettings.of(config).withWorkers(slots);
    if (parallelism > 0) {
      settings = settings.withParallelism(parallelism);
    }
    Path stateDir = config.inHome(section.checkpointDir());
    try (var client = new ClusterClient(address.settings(config))) {
      if (!stop) {
        StartLimits.check(config, settings);
        enoughSlots(client, settings.parallelism());
      }
      Optional<ClusterClient.Job> before = client.job();
      if (before.isPresent()) {
        System.err.println(
            "stopped with "
                + client.stop(before.get().id(), new NewestCheckpoint(stateDir).savepoints()));
      }
      if (stop) {
        return 0;
      }
      var id = client.submit(settings, stateDir, section.checkpointInterval(), jars);
      System.out.println(id.toHexString());
      return running(client) ? 0 : 1;
    }
  }

  private static void enoughSlots(ClusterClient client, int wanted) throws InterruptedException {
    long end = System.nanoTime() + SLOTS_WAIT.toNanos();
    while (true) {
      int slots = client.slots();
      if (slots >= wanted) {
        return;
      }
      if (System.nanoTime() > end) {
        throw new ConfigException(
            "reinforce.parallelism (or --parallelism) is %d, but the cluster's TaskManagers have %d slots together; start more, or give them more --slots"
                .formatted(wanted, slots));
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  private static boolean running(ClusterClient client) throws InterruptedException {
    long end = System.nanoTime() + SLOTS_WAIT.toNanos();
    while (System.nanoTime() < end) {
      if (client.job().filter(job -> job.status() == JobStatus.RUNNING).isPresent()) {
        return true;
      }
      Thread.sleep(POLL.toMillis());
    }
    System.err.println("the job does not run yet; see the cluster's page");
    return false;
  }
}
