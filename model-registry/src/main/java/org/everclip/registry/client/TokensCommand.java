package org.everclip.registry.client;

import java.io.IOException;
import java.nio.file.Path;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.registry.store.Tokens;
import picocli.CommandLine;
import picocli.CommandLine.Parameters;

/** {@code tokens}: works on the registry's own folder, whether it runs or not. */
@CommandLine.Command(
    name = "tokens",
    mixinStandardHelpOptions = true,
    description =
        "Who may write: tokens add NAME (told only once), tokens remove NAME, tokens list.")
public final class TokensCommand extends Command {

  @Parameters(index = "0", paramLabel = "add|remove|list")
  private String action = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", defaultValue = "")
  private String name = "";

  @Override
  public Integer call() throws IOException {
    EverclipConfig config = config();
    Path storage = config.inHome(config.registry().storage());
    Tokens tokens = Tokens.open(storage);
    switch (action) {
      case "add" -> out(tokens.add(name));
      case "remove" -> {
        if (!tokens.remove(name)) {
          throw new NotThere("there is no token of '" + name + "'");
        }
      }
      case "list" ->
          tokens.list().forEach(entry -> out(entry.name() + " since " + entry.created()));
      default -> throw usage("expected add NAME, remove NAME or list, but got '" + action + "'");
    }
    return 0;
  }
}
