package org.everclip.evaluation.role;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.evaluation.ClipEvaluatedModel;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Runs the {@link Evaluator} until it is asked to stop; waits out a registry that is away. */
@Command(
    name = "evaluator",
    mixinStandardHelpOptions = true,
    description = "Evaluates new versions and decides on promotion.")
public final class EvaluatorRole extends RoleMain {

  private static final Logger log = LoggerFactory.getLogger(EvaluatorRole.class);
  private static final Duration IDLE = Duration.ofSeconds(1);
  private static final Duration AFTER_FAILURE = Duration.ofSeconds(3);

  private EvaluatorRole() {}

  /** Runs the role as the process's main; exits with its code. */
  public static void start(String[] args) {
    launch(new EvaluatorRole(), args);
  }

  @Override
  protected String role() {
    return "evaluator";
  }

  @Override
  protected void run(RoleContext context) throws IOException, InterruptedException {
    EverclipConfig config = context.config();
    Path cache = config.inHome(config.evaluation().cacheDir());
    Files.createDirectories(cache);
    var versions = new RegistryVersions(RegistryClient.of(config), cache.resolve("models"));
    Precision precision = Precision.named(config.evaluation().precision());
    Clock clock = Clock.systemUTC();
    try (var results = new ResultLog(config);
        var bench = new DataBench(config, results, clock)) {
      var evaluator =
          new Evaluator(
              config.evaluation(),
              versions,
              directory -> ClipEvaluatedModel.load(directory, precision),
              results,
              bench,
              new Measurement(versions, clock),
              LatencyProbe.suite(precision.name()),
              context.meters());
      context.health().ready();
      while (!context.stop().requested()) {
        try {
          boolean worked = evaluator.workOnce(context.stop()::requested);
          context.health().up("registry");
          if (!worked) {
            bench.follow();
            context.stop().await(IDLE);
          }
        } catch (RegistryException e) {
          log.warn("the registry does not answer, trying again: {}", e.getMessage());
          context.health().down("registry", "the registry does not answer: " + e.getMessage());
          context.stop().await(AFTER_FAILURE);
        }
      }
    }
  }
}
