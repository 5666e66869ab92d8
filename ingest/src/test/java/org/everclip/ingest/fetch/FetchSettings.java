package org.everclip.ingest.fetch;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;

/** Settings for tests: quick, and with a local server's port. */
final class FetchSettings {

  private FetchSettings() {}

  static EverclipConfig.Fetch of(int port, String... more) {
    var settings =
        new ArrayList<String>(
            List.of(
                "fetch.enabled=true",
                "fetch.ports=[80, 443, " + port + "]",
                "fetch.hostDelay=PT0S",
                "fetch.backoff=PT0.01S",
                "fetch.connectTimeout=PT1S",
                "fetch.timeout=PT1S"));
    settings.addAll(List.of(more));
    return new ConfigLoader(Map.of()).load(Path.of("target"), null, settings).fetch();
  }
}
