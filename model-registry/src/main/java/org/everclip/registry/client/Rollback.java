package org.everclip.registry.client;

import java.util.List;
import org.everclip.contracts.registry.AliasMove;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rollback}. */
@CommandLine.Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description = "Moves an alias back to the version it had before.")
public final class Rollback extends Command {

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(names = "--alias", paramLabel = "ALIAS", description = "Default: ${DEFAULT-VALUE}.")
  private String alias = "main";

  @Option(names = "--reason", paramLabel = "TEXT")
  private String reason = "rollback by hand";

  @Override
  public Integer call() {
    var client = client();
    List<AliasMove> moves = client.aliasHistory(name, alias);
    if (moves.isEmpty()) {
      throw new NotThere(name + " has no alias '" + alias + "'");
    }
    int current = moves.get(moves.size() - 1).version();
    int previous =
        AliasPast.previous(moves)
            .orElseThrow(
                () ->
                    new NotThere(
                        alias + " has always been v" + current + "; there is nothing before it"));
    if (!client.moveAlias(
        name, alias, previous, current, System.getProperty("user.name"), reason)) {
      tell(alias + " has just been moved by someone else, or v" + previous + " is retired");
      return 1;
    }
    out(name + "@" + alias + " is v" + previous + " again (was v" + current + ")");
    return 0;
  }
}
