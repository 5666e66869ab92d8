package org.everclip.reinforce;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.InstantiationUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The job as a program of a cluster in application mode: begins with the newest complete checkpoint
 * or savepoint of its folder, or with the committed offsets where there is none.
 */
public final class ReinforceApplication {

  private static final Logger log = LoggerFactory.getLogger(ReinforceApplication.class);

  private ReinforceApplication() {}

  /** Arguments of {@link #main}. */
  static String[] arguments(ReinforceSettings settings, Path stateDir, Duration checkpointInterval)
      throws Exception {
    return new String[] {
      Base64.getEncoder().encodeToString(InstantiationUtil.serializeObject(settings)),
      stateDir.toAbsolutePath().toString(),
      checkpointInterval.toString()
    };
  }

  public static void main(String[] args) throws Exception {
    ReinforceSettings settings =
        InstantiationUtil.deserializeObject(
            Base64.getDecoder().decode(args[0]), ReinforceApplication.class.getClassLoader());
    var folder = new NewestCheckpoint(Path.of(args[1]));
    var recipes = new RecipeHistory(Path.of(args[1]));
    recipes.open(Ensemble.versionOf(settings), settings, Instant.now());
    List<NewestCheckpoint.Saved> saved = folder.scan();
    var conf = new Configuration();
    JobConfiguration.add(
        conf,
        folder,
        Duration.parse(args[2]),
        saved.isEmpty() ? null : saved.get(0).directory(),
        recipes.hasBackfilled());
    log.info(
        "{}",
        saved.isEmpty()
            ? "no checkpoint, starting from the committed offsets"
            : "restoring from checkpoint %d in %s"
                .formatted(saved.get(0).number(), saved.get(0).directory()));
    folder.keepNewest();
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(conf);
    env.setParallelism(settings.parallelism());
    ReinforceJob.build(env, settings, recipes.running().orElse(null));
    env.execute(settings.job());
  }
}
