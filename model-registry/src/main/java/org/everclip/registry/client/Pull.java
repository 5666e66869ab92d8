package org.everclip.registry.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pull}. */
@CommandLine.Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    description =
        "Fetches a version to DIR/vN, checks signature and digests, and switches DIR/current.")
public final class Pull extends Command {

  @Parameters(paramLabel = "NAME[@REV]", description = "REV: latest (default), main, v12, commit.")
  private String name = "";

  @Option(names = "--to", required = true, paramLabel = "DIR")
  private Path to = Path.of("");

  @Option(names = "--watch", description = "Stay, and pull whatever REV becomes.")
  private boolean watch;

  @Option(names = "--json", description = "One line of JSON for each pull.")
  private boolean json;

  private String done = "";

  @Override
  public Integer call() throws IOException {
    Reference reference = Reference.parse(name, "latest");
    RegistryClient client = client();
    if (!watch) {
      pull(client, require(client, reference));
      return 0;
    }
    client.watch(
        () -> refresh(client, reference),
        event -> {
          if (event.model().equals(reference.model())) {
            refresh(client, reference);
          }
        },
        () -> Thread.currentThread().isInterrupted());
    return 0;
  }

  private void refresh(RegistryClient client, Reference reference) {
    client
        .version(reference.model(), reference.revision())
        .filter(version -> !version.commit().equals(done))
        .ifPresent(version -> pull(client, version));
  }

  private void pull(RegistryClient client, VersionInfo version) {
    try {
      Path directory = new PullFolder(to).pull(client, version);
      done = version.commit();
      out(
          json
              ? CanonicalJson.text(
                  Map.of(
                      "model", version.manifest().model(),
                      "version", version.version(),
                      "commit", version.commit(),
                      "directory", directory.toString()))
              : directory.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + to, e);
    }
  }
}
