package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The unmodified JavaScript client of the Hub. It is looked for in the folder that {@code
 * HUB_CLIENT} names, which then must have it; without that variable the test is skipped.
 */
class HubClientsTest {

  @Test
  void theJavaScriptClientWorksWithARunningRegistry(@TempDir Path work) throws Exception {
    String folder = System.getenv("HUB_CLIENT");
    if (folder == null) {
      System.err.println(
          "SKIPPED: @huggingface/hub against the registry; set HUB_CLIENT to the folder of its"
              + " node_modules");
      abort("no HUB_CLIENT");
    }
    Path modules = Path.of(folder).toAbsolutePath();
    assertThat(modules.resolve("node_modules/@huggingface/hub"))
        .as("HUB_CLIENT promises the client")
        .isDirectory();
    try (var rig = new RegistryRig(work.resolve("home"))) {
      var clients = new HubClients(rig, Files.createDirectory(work.resolve("clients")), 20);
      assertThat(clients.javaScript(modules))
          .allSatisfy(check -> assertThat(check.ok()).as(check.name() + check.detail()).isTrue());
    }
  }
}
