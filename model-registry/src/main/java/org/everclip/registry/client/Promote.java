package org.everclip.registry.client;

import org.everclip.contracts.registry.RegistryNames;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code promote}. */
@CommandLine.Command(
    name = "promote",
    mixinStandardHelpOptions = true,
    description = "Moves an alias to a version.")
public final class Promote extends Command {

  @Parameters(paramLabel = "NAME@V")
  private String name = "";

  @Option(names = "--as", required = true, paramLabel = "ALIAS")
  private String alias = "";

  @Option(
      names = "--expect",
      paramLabel = "V0",
      description = "Only if the alias is there now; 0: only if it does not exist.")
  private @Nullable String expect;

  @Option(names = "--reason", paramLabel = "TEXT")
  private String reason = "by hand";

  @Override
  public Integer call() {
    Reference reference = Reference.parse(name, "");
    if (reference.revision().isEmpty()) {
      throw usage("expected NAME@V, for example demo@v3, but got '" + name + "'");
    }
    Integer expected = null;
    if (expect != null) {
      expected = expect.equals("0") ? 0 : RegistryNames.version(expect);
    }
    var client = client();
    int version = require(client, reference).version();
    if (!client.moveAlias(
        reference.model(), alias, version, expected, System.getProperty("user.name"), reason)) {
      tell(alias + " did not move: it is not at " + expect + ", or the version is retired");
      return 1;
    }
    out(reference.model() + "@" + alias + " is v" + version);
    return 0;
  }
}
