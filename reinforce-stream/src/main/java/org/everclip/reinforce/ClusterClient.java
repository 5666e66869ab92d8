package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.rest.messages.ClusterOverviewHeaders;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Speaks to a cluster's REST interface. For one thread. */
final class ClusterClient implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SAVEPOINT = Duration.ofMinutes(2);

  private final ClusterSettings cluster;
  private final RestClusterClient<StandaloneClusterId> client;

  /** The reinforcement job, as the cluster sees it. */
  record Job(JobID id, JobStatus status) {}

  ClusterClient(ClusterSettings cluster) throws Exception {
    this.cluster = cluster;
    this.client = new RestClusterClient<>(cluster.common(), StandaloneClusterId.getInstance());
  }

  /** The job, if the cluster answers and has one that has not ended. */
  Optional<Job> job() throws InterruptedException {
    try {
      return get(client.listJobs(), PATIENCE).stream()
          .filter(job -> job.getJobName().equals(ReinforceSettings.JOB))
          .filter(job -> !job.getJobState().isGloballyTerminalState())
          .map(job -> new Job(job.getJobId(), job.getJobState()))
          .findFirst();
    } catch (IllegalStateException e) {
      return Optional.empty();
    }
  }

  /** Slots of all TaskManagers that have registered. */
  int slots() throws InterruptedException {
    return get(
            client.sendRequest(
                ClusterOverviewHeaders.getInstance(),
                EmptyMessageParameters.getInstance(),
                EmptyRequestBody.getInstance()),
            PATIENCE)
        .getNumSlotsTotal();
  }

  /** Submits the job; it begins with the newest complete checkpoint or savepoint of its folder. */
  JobID submit(ReinforceSettings settings, Path stateDir, Duration interval, String... jars)
      throws Exception {
    var conf = new Configuration();
    var folder = new NewestCheckpoint(stateDir);
    var recipes = new RecipeHistory(stateDir);
    recipes.open(Ensemble.versionOf(settings), settings, Instant.now());
    var saved = folder.scan();
    JobConfiguration.add(
        conf,
        folder,
        interval,
        saved.isEmpty() ? null : saved.get(0).directory(),
        recipes.hasBackfilled());
    folder.keepNewest();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.createRemoteEnvironment(
            cluster.jobManager(), cluster.restPort(), conf, jars);
    env.setParallelism(settings.parallelism());
    ReinforceJob.build(env, settings, recipes.running().orElse(null));
    return env.executeAsync(settings.job()).getJobID();
  }

  /** Stops the job with a savepoint in its folder; returns where that is. */
  String stop(JobID job, Path savepoints) throws InterruptedException {
    return get(
        client.stopWithSavepoint(
            job, false, savepoints.toUri().toString(), SavepointFormatType.NATIVE),
        SAVEPOINT);
  }

  private <T> T get(Future<T> future, Duration patience) throws InterruptedException {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IllegalStateException(
          "the cluster at %s:%d does not do it: %s"
              .formatted(cluster.jobManager(), cluster.restPort(), cause),
          e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
