package org.everclip.system;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A Flink cluster of separate processes beside a broker of its own: one JobManager and some
 * TaskManagers, in application mode or as a session. For one thread.
 */
final class ReinforceCluster {

  private static final String MODULE = "reinforce-stream";
  private static final String PACKAGE = "org.everclip.reinforce.";
  private static final String JOB_MANAGER = "jobmanager";

  /** Flink's application mode looks into collections by reflection. */
  private static final String OPEN = "--add-opens=java.base/java.util=ALL-UNNAMED";

  private static final Duration END = Duration.ofMinutes(5);

  private final RolePlatform platform;
  private final Path state;
  private final boolean application;

  /**
   * @param state folder of the cluster's state, shared by its processes
   */
  ReinforceCluster(RolePlatform platform, Path state, boolean application) {
    this.platform = platform;
    this.state = state;
    this.application = application;
  }

  /** Starts the JobManager, or starts it again. */
  Process jobManager() throws IOException {
    return platform.start(
        JOB_MANAGER,
        MODULE,
        PACKAGE + "JobManagerMain",
        state,
        List.of("-Xmx384m", "-XX:TieredStopAtLevel=1", OPEN),
        application ? new String[] {"--application"} : new String[0]);
  }

  /** Starts a TaskManager with one slot, or starts it again. */
  Process taskManager(int number) throws IOException {
    return platform.start(
        name(number), MODULE, PACKAGE + "TaskManagerMain", state, List.of("-Xmx768m"));
  }

  /** kill -9 of the JobManager. */
  void killJobManager() throws InterruptedException {
    platform.kill(JOB_MANAGER);
  }

  /** kill -9 of a TaskManager. */
  void killTaskManager(int number) throws InterruptedException {
    platform.kill(name(number));
  }

  /** Runs {@code reinforce-submit} to its end; returns its exit code. */
  int submit(String name, String... arguments) throws IOException, InterruptedException {
    Process process =
        platform.start(
            name,
            MODULE,
            PACKAGE + "SubmitMain",
            state,
            List.of("-Xmx256m", "-XX:TieredStopAtLevel=1"),
            arguments);
    if (!process.waitFor(END.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the submission hangs; see " + platform.log(name));
    }
    return process.exitValue();
  }

  /** The logs of all processes that have been started. */
  List<Path> logs(int taskManagers) {
    var logs = new ArrayList<Path>(List.of(platform.log(JOB_MANAGER)));
    for (int i = 0; i < taskManagers; i++) {
      logs.add(platform.log(name(i)));
    }
    return logs;
  }

  private static String name(int taskManager) {
    return "taskmanager-" + taskManager;
  }
}
