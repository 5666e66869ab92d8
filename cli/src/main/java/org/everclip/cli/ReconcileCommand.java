package org.everclip.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.everclip.contracts.Topics;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code everclip reconcile}. */
@Command(
    name = "reconcile",
    mixinStandardHelpOptions = true,
    description = {
      "Compares the sets of what went in with what came out: raw = accepted + deleted + rejected, accepted =",
      "reinforced + quarantined. Exit code 1 when something is missing or there twice."
    })
final class ReconcileCommand implements Callable<Integer> {

  private static final int SHOWN = 20;

  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(names = "--json", description = "Print the outcome as one JSON object.")
  private boolean json;

  @Option(names = "--redrive", description = "Send what is missing once more.")
  private boolean redrive;

  @Option(
      names = "--settle",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "Younger records are pending, not missing (default: ${DEFAULT-VALUE}).")
  private int settleSeconds;

  @Option(
      names = "--wait",
      paramLabel = "SECONDS",
      defaultValue = "20",
      description =
          "How long to look again when something seems missing (default: ${DEFAULT-VALUE}).")
  private int waitSeconds;

  @Override
  public Integer call() throws JsonProcessingException, InterruptedException {
    EverclipConfig config = options.load();
    Reconciliation.Report report =
        Reconciliation.patiently(
            config, Duration.ofSeconds(settleSeconds), Duration.ofSeconds(waitSeconds));
    if (json) {
      System.out.println(new JsonMapper().writeValueAsString(report));
    } else {
      print(report);
    }
    if (redrive) {
      var again = new Redrive(config);
      int raw = again.again(Topics.RAW.name(), report.missingRaw());
      int accepted = again.again(Topics.ACCEPTED.name(), report.missingReinforced());
      System.err.println(
          "driven in again: "
              + raw
              + " of "
              + report.missingRaw().size()
              + " raw, "
              + accepted
              + " of "
              + report.missingReinforced().size()
              + " accepted records");
    }
    return report.fits() ? 0 : 1;
  }

  private static void print(Reconciliation.Report r) {
    System.out.printf(
        "raw        %d = %d accepted + %d deleted + %d rejected (%d duplicates) + %d pending + %d MISSING%n",
        r.raw(),
        r.accepted(),
        r.deleted(),
        r.rejected(),
        r.duplicates(),
        r.pendingRaw(),
        r.missingRaw().size());
    System.out.printf(
        "accepted   %d = %d reinforced + %d quarantined + %d superseded + %d pending + %d MISSING%n",
        r.accepted(),
        r.reinforced(),
        r.quarantined(),
        r.superseded(),
        r.pendingAccepted(),
        r.missingReinforced().size());
    list(
        "raw records without an outcome",
        r.missingRaw().stream().map(Reconciliation::text).toList());
    list("accepted revisions that are not reinforced", r.missingReinforcedPairs());
    list("there twice", r.doubles());
    System.out.println(r.fits() ? "complete, nothing twice" : "NOT complete");
  }

  private static void list(String what, List<String> items) {
    if (!items.isEmpty()) {
      System.out.println(what + " (" + items.size() + "):");
      items.stream().limit(SHOWN).forEach(item -> System.out.println("  " + item));
    }
  }
}
