package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.application.ApplicationClusterEntryPoint;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.entrypoint.ClusterEntrypoint;
import org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint;
import org.apache.flink.runtime.resourcemanager.StandaloneResourceManagerFactory;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The head of a Flink cluster: of a session that jobs are submitted to, or of the reinforcement job
 * alone, which it restores from the newest complete checkpoint whenever it is started.
 */
@Command(
    name = "reinforce-jobmanager",
    mixinStandardHelpOptions = true,
    description = {
      "A JobManager: alone a session cluster that waits for reinforce-submit;",
      "with --application it runs the reinforcement job, going on where it stopped."
    })
public final class JobManagerMain extends RoleMain {

  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private ClusterAddress address = new ClusterAddress();

  @Option(names = "--application", description = "Run the reinforcement job itself.")
  private boolean application;

  @Option(
      names = "--slots",
      defaultValue = "1",
      description = "Slots of each TaskManager: threads that call the models in one process.")
  private int slots;

  public static void main(String[] args) {
    launch(new JobManagerMain(), args);
  }

  @Override
  protected String role() {
    return "reinforce-jobmanager";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    Path own = config.home().resolve("tmp/jobmanager-" + ProcessHandle.current().pid());
    ClusterSettings cluster = address.settings(config);
    Configuration conf = cluster.jobManager(own);
    ReinforceSettings settings = ReinforceSettings.of(config).withWorkers(slots);
    ClusterEntrypoint entry;
    if (application) {
      if (!Object.class.getModule().isOpen("java.util", getClass().getModule())) {
        throw new ConfigException(
            "Flink's application mode needs the option --add-opens=java.base/java.util=ALL-UNNAMED"
                + " before -cp");
      }
      StartLimits.check(config, settings);
      PackagedProgram program = program(config, settings);
      Application.prepare(conf, program);
      entry = new Application(conf, program);
    } else {
      entry = new StandaloneSessionClusterEntrypoint(conf);
    }
    Path stateDir = config.inHome(config.reinforce().checkpointDir());
    try (var client = new ClusterClient(cluster);
        var backfill =
            new BackfillWatch(settings, stateDir, new ReinforceMeters(context.meters()))) {
      entry.startCluster();
      context.health().ready();
      while (!context.stop().await(POLL)) {
        if (entry.getTerminationFuture().isDone()) {
          throw new IllegalStateException(
              "the cluster has ended: " + entry.getTerminationFuture().get());
        }
        if (!application || client.job().filter(j -> j.status() == JobStatus.RUNNING).isPresent()) {
          context.health().up("job");
          backfill.poll();
        } else {
          context.health().down("job", "it does not run (yet)");
        }
      }
    } finally {
      NewestCheckpoint.deleteRecursively(own);
    }
  }

  private static PackagedProgram program(EverclipConfig config, ReinforceSettings settings)
      throws Exception {
    EverclipConfig.Reinforce section = config.reinforce();
    return PackagedProgram.newBuilder()
        .setEntryPointClassName(ReinforceApplication.class.getName())
        .setArguments(
            ReinforceApplication.arguments(
                settings, config.inHome(section.checkpointDir()), section.checkpointInterval()))
        .build();
  }

  /** Flink's application mode without the artifact that holds its standalone entry point. */
  private static final class Application extends ApplicationClusterEntryPoint {
    Application(Configuration conf, PackagedProgram program) {
      super(conf, program, StandaloneResourceManagerFactory.getInstance());
    }

    /** Says that the program's job runs in this very cluster. */
    static void prepare(Configuration conf, PackagedProgram program) throws Exception {
      configureExecution(conf, program);
    }
  }
}
