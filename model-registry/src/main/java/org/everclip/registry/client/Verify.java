package org.everclip.registry.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.contracts.registry.VersionInfo;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code verify}. */
@CommandLine.Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    description = {
      "Reads every byte again: digests, signatures, and the chain of manifests.",
      "With a folder that was pulled it needs no registry."
    })
public final class Verify extends Command {

  @Parameters(paramLabel = "NAME|DIR", description = "A model, or a pulled folder.")
  private String name = "";

  @Option(names = "--json", description = "Findings as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<String> findings =
        isFolder() ? new PullFolder(Path.of(name)).verify() : verifyModel(client(), name);
    if (json) {
      out(CanonicalJson.text(Map.of("ok", findings.isEmpty(), "findings", findings)));
    } else if (findings.isEmpty()) {
      out(name + " is what was published");
    } else {
      findings.forEach(Command::out);
    }
    return findings.isEmpty() ? 0 : 1;
  }

  /** A plain name means the model, unless a folder of that name holds pulled versions. */
  private boolean isFolder() throws IOException {
    Path path = Path.of(name);
    return Files.isDirectory(path)
        && (!RegistryNames.isName(name) || new PullFolder(path).holdsVersions());
  }

  static List<String> verifyModel(RegistryClient client, String model) throws IOException {
    var findings = new ArrayList<String>();
    List<VersionInfo> versions = client.versions(model);
    if (versions.isEmpty()) {
      throw new NotThere("no model '" + model + "'; the registry has " + client.models());
    }
    Path scratch = Files.createTempFile("everclip-verify", ".blob");
    try {
      SignedManifest previous = null;
      for (VersionInfo version : versions) {
        SignedManifest signed = version.signedManifest();
        if (!signed.isAuthentic()) {
          findings.add("v" + version.version() + ": the manifest's signature does not fit");
          continue;
        }
        if (previous != null) {
          findings.addAll(PullFolder.chain(previous, signed));
        }
        previous = signed;
        for (FileEntry file : version.manifest().files()) {
          try {
            client.fetch(version, file.path(), scratch);
          } catch (RegistryException e) {
            if (version.retired() && e.status() == 404) {
              continue;
            }
            findings.add("v" + version.version() + " " + file.path() + ": " + e.getMessage());
          }
        }
      }
    } finally {
      Files.deleteIfExists(scratch);
    }
    return findings;
  }
}
