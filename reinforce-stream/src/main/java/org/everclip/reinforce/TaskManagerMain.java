package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.runtime.taskexecutor.TaskManagerRunner;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.Health;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A process of a Flink cluster in which models and state live: one copy of each model. */
@Command(
    name = "reinforce-taskmanager",
    mixinStandardHelpOptions = true,
    description = "A TaskManager: runs subtasks of the reinforcement job, with its models.")
public final class TaskManagerMain extends RoleMain {

  private static final Duration POLL = Duration.ofMillis(500);

  @Mixin private ClusterAddress address = new ClusterAddress();

  @Option(
      names = "--slots",
      defaultValue = "1",
      description = "Subtasks that it may run (default ${DEFAULT-VALUE}).")
  private int slots;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "This machine's address, as the others reach it (default ${DEFAULT-VALUE}).")
  private String host = "127.0.0.1";

  public static void main(String[] args) {
    launch(new TaskManagerMain(), args);
  }

  @Override
  protected String role() {
    return "reinforce-taskmanager";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    ProcessScope.register(ReinforceSettings.JOB, context.meters());
    Path own = config.home().resolve("tmp/taskmanager-" + ProcessHandle.current().pid());
    var conf = address.settings(config).taskManager(host, slots, own);
    try {
      // Flink ends the process by itself when it cannot go on.
      var flink =
          new Thread(
              () -> TaskManagerRunner.runTaskManagerProcessSecurely(conf), "taskmanager-main");
      flink.setDaemon(true);
      flink.start();
      context.health().ready();
      while (!context.stop().await(POLL)) {
        if (ProcessScope.users(ReinforceSettings.JOB) > 0) {
          context.health().up("job");
          models(context.health());
        } else {
          context.health().down("job", "no subtask runs here");
        }
      }
    } finally {
      NewestCheckpoint.deleteRecursively(own);
    }
  }

  private static void models(Health health) {
    String troubles = ProcessScope.troubles(ReinforceSettings.JOB);
    if (troubles.isEmpty()) {
      health.up("models");
    } else {
      health.down("models", troubles);
    }
  }
}
