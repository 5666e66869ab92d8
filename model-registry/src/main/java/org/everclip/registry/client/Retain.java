package org.everclip.registry.client;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code retain}. */
@CommandLine.Command(
    name = "retain",
    mixinStandardHelpOptions = true,
    description = {
      "Retires versions that have no alias, are no ancestor of one that has, and are neither among"
          + " the newest nor among the best.",
      "Without --apply it only says which."
    })
public final class Retain extends Command {

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(names = "--last", required = true, paramLabel = "N", description = "Newest that stay.")
  private int last = 1;

  @Option(names = "--best", paramLabel = "K", description = "Best that stay, by mean result.")
  private int best;

  @Option(names = "--apply", description = "Do it.")
  private boolean apply;

  @Override
  public Integer call() {
    out(
        client()
            .operate(
                "models/" + name + "/retention",
                Map.of(
                    "last", last,
                    "best", best,
                    "apply", apply,
                    "actor", System.getProperty("user.name")))
            .toString());
    return 0;
  }
}
