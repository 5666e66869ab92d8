package org.everclip.reinforce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One life of the job in this process: started from the newest checkpoint that opens, watched, and
 * at a stop ended by a savepoint, which leaves no transaction open.
 */
final class JobRun {

  private static final Logger log = LoggerFactory.getLogger(JobRun.class);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final long STATUS_SECONDS = 5;
  private static final long SAVEPOINT_SECONDS = 22;
  private static final String PART = "flink";
  private static final String MODELS = "models";

  private final ReinforceSettings settings;
  private final Path stateDir;
  private final NewestCheckpoint folder;
  private final RecipeHistory recipes;
  private final Path temporary;
  private final Duration checkpointInterval;
  private final int uiPort;
  private final Health health;

  /**
   * A run.
   *
   * @param stateDir holds checkpoints, savepoints and temporary files; of this job alone
   * @param uiPort 0 for no web page
   */
  JobRun(
      ReinforceSettings settings,
      Path stateDir,
      Duration checkpointInterval,
      int uiPort,
      Health health) {
    this.settings = settings;
    this.stateDir = stateDir;
    this.folder = new NewestCheckpoint(stateDir);
    this.recipes = new RecipeHistory(stateDir);
    this.temporary = stateDir.toAbsolutePath().resolve("tmp");
    this.checkpointInterval = checkpointInterval;
    this.uiPort = uiPort;
    this.health = health;
  }

  /**
   * Runs until the stop. After a model was found that cannot be right, and is to stop the job, it
   * only waits for the stop: starting again would not help.
   *
   * @throws IllegalStateException when the job has failed for good; starting again may help
   */
  void run(StopSignal stop) throws IOException, InterruptedException {
    NewestCheckpoint.deleteRecursively(temporary);
    Files.createDirectories(temporary);
    // Held here too, so that wrong models end the role with advice and restarts find them loaded.
    try (ProcessScope.Lease models = ProcessScope.acquire(settings)) {
      log.info("reinforcementVersion {}", models.reinforcementVersion());
      recipes.open(models.reinforcementVersion(), settings, Instant.now());
      JobClient job = start();
      try (var backfill =
          new BackfillWatch(settings, stateDir, ProcessScope.meters(settings.job()))) {
        watch(job, stop, backfill);
      }
      if (!job.getJobExecutionResult().isDone()) {
        end(job);
      }
    }
  }

  private JobClient start() {
    List<NewestCheckpoint.Saved> saved = folder.scan();
    if (saved.isEmpty()) {
      log.info("no checkpoint, starting from the committed offsets");
      try {
        return submit(null);
      } catch (Exception e) {
        throw new IllegalStateException("the job does not start", e);
      }
    }
    Exception last = null;
    for (NewestCheckpoint.Saved candidate : saved) {
      try {
        JobClient job = submit(candidate.directory());
        log.info("restored from checkpoint {} in {}", candidate.number(), candidate.directory());
        return job;
      } catch (Exception e) {
        log.warn("cannot restore from {}, trying an older one", candidate.directory(), e);
        last = e;
      }
    }
    throw new IllegalStateException(
        "none of the "
            + saved.size()
            + " checkpoints in "
            + folder.checkpoints().getParent()
            + " opens; to begin with the committed offsets and reconcile afterwards, move this"
            + " folder away",
        last);
  }

  private JobClient submit(@Nullable Path restoreFrom) throws Exception {
    StreamExecutionEnvironment env =
        LocalCluster.environment(
            settings,
            folder,
            temporary,
            checkpointInterval,
            restoreFrom,
            recipes.hasBackfilled(),
            uiPort);
    ReinforceJob.build(env, settings, recipes.running().orElse(null));
    return env.executeAsync(settings.job());
  }

  private void watch(JobClient job, StopSignal stop, BackfillWatch backfill)
      throws InterruptedException {
    boolean cleaned = false;
    while (!stop.await(POLL)) {
      String troubles = ProcessScope.troubles(settings.job());
      if (job.getJobExecutionResult().isDone()) {
        if (!troubles.isEmpty() && settings.onBadModel() == OnBadModel.STOP) {
          health.down(PART, "the job has stopped: " + troubles);
          log.error("the job has stopped: {}", troubles);
          stop.await();
          return;
        }
        health.down(PART, "the job has ended");
        throw new IllegalStateException("the job has failed for good", cause(job));
      }
      JobStatus status = status(job);
      if (status == JobStatus.RUNNING && ProcessScope.users(settings.job()) > 1) {
        health.ready();
        health.up(PART);
        backfill.poll();
        models(troubles);
        if (!cleaned) {
          cleaned = folder.deleteSuperseded(job.getJobID().toHexString());
        }
      } else {
        health.down(PART, "the job is " + (status == null ? "not answering" : status));
      }
    }
  }

  private void models(String troubles) {
    if (!troubles.isEmpty() && settings.onBadModel() == OnBadModel.QUARANTINE) {
      health.down(MODELS, "pairs are quarantined: " + troubles);
    } else {
      health.up(MODELS);
    }
  }

  private static @Nullable JobStatus status(JobClient job) throws InterruptedException {
    try {
      return job.getJobStatus().get(STATUS_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      return null; // ending; the result tells
    }
  }

  private static @Nullable Throwable cause(JobClient job) throws InterruptedException {
    try {
      job.getJobExecutionResult().get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause();
    }
  }

  private void end(JobClient job) throws InterruptedException {
    health.down(PART, "stopping");
    long start = System.nanoTime();
    try {
      String savepoint =
          job.stopWithSavepoint(
                  false, folder.savepoints().toUri().toString(), SavepointFormatType.NATIVE)
              .get(SAVEPOINT_SECONDS, TimeUnit.SECONDS);
      log.info(
          "stopped with {} after {} ms",
          savepoint,
          Duration.ofNanos(System.nanoTime() - start).toMillis());
    } catch (ExecutionException | TimeoutException e) {
      log.warn("no savepoint, the last checkpoint will do: {}", e.toString());
      try {
        job.cancel().get(STATUS_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException | TimeoutException cancelled) {
        log.warn("not cancelled: {}", cancelled.toString());
      }
    }
  }
}
