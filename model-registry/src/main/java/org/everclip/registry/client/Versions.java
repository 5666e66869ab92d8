package org.everclip.registry.client;

import java.util.List;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.VersionInfo;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code versions}. */
@CommandLine.Command(
    name = "versions",
    mixinStandardHelpOptions = true,
    description = "Lists a model's versions, oldest first.")
public final class Versions extends Command {

  @Parameters(paramLabel = "NAME")
  private String name = "";

  @Option(names = "--json", description = "All of each manifest.")
  private boolean json;

  @Override
  public Integer call() {
    var client = client();
    List<VersionInfo> versions = client.versions(name);
    if (versions.isEmpty()) {
      throw new NotThere("no model '" + name + "'; the registry has " + client.models());
    }
    if (json) {
      out(CanonicalJson.text(versions));
      return 0;
    }
    out("version  commit        created                   parent  round  steps    MiB  aliases");
    for (VersionInfo version : versions) {
      Manifest manifest = version.manifest();
      long bytes = manifest.files().stream().mapToLong(FileEntry::size).sum();
      out(
          "%-7s  %s  %-24s  %-6s  %5d  %5d  %5.1f  %s%s"
              .formatted(
                  manifest.label(),
                  version.commit().substring(0, 12),
                  manifest.created(),
                  manifest.parent() == null ? "-" : "v" + manifest.parent(),
                  manifest.round(),
                  manifest.steps(),
                  bytes / (double) (1 << 20),
                  String.join(" ", version.aliases()),
                  version.retired() ? " (retired)" : ""));
    }
    return 0;
  }
}
