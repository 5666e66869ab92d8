package org.everclip.registry.client;

import java.time.Duration;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code collect}. */
@CommandLine.Command(
    name = "collect",
    mixinStandardHelpOptions = true,
    description = {
      "Marks blobs that no live version and no result refers to; removes those that were marked"
          + " at least --grace ago by an earlier run.",
      "Without --apply it only counts."
    })
public final class Collect extends Command {

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      description = "ISO 8601, default ${DEFAULT-VALUE}.")
  private Duration grace = Duration.ofDays(1);

  @Option(names = "--apply", description = "Do it.")
  private boolean apply;

  @Override
  public Integer call() {
    out(
        client()
            .operate("collect", Map.of("graceSeconds", grace.toSeconds(), "apply", apply))
            .toString());
    return 0;
  }
}
