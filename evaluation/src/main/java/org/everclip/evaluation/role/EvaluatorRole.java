package org.everclip.evaluation.role;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
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
    var config = context.config();
    RegistryClient registry = RegistryClient.of(config);
    try (var results = new ResultLog(config);
        var holdout = new HoldoutSet(config)) {
      var evaluator =
          new Evaluator(config, registry, results, holdout, context.meters(), Clock.systemUTC());
      context.health().ready();
      while (!context.stop().requested()) {
        try {
          boolean worked = evaluator.workOnce(context.stop()::requested);
          context.health().up("registry");
          if (!worked) {
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
