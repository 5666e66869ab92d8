package org.everclip.trainer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;

/** The default settings with changes. */
public final class Settings {

  private Settings() {}

  public static EverclipConfig of(Path home, String... assignments) {
    return new ConfigLoader(Map.of()).load(home, null, List.of(assignments));
  }
}
