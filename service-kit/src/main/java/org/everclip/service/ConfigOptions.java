package org.everclip.service;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.everclip.contracts.config.EverclipConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that every command shares, as a picocli mixin. */
public final class ConfigOptions {

  @Option(
      names = "--home",
      paramLabel = "DIR",
      description = "Folder of all state (default: ~/.everclip).")
  private @Nullable Path home;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings (default: HOME/everclip.yaml).")
  private @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "SECTION.KEY=VALUE",
      description = "Change one setting; repeatable.")
  private List<String> assignments = new ArrayList<>();

  @Option(
      names = "--kafka",
      paramLabel = "HOST:PORT",
      description = "Brokers; short for --set kafka.bootstrap=…")
  private @Nullable String kafka;

  /** Loads the settings with these options and the process's environment. */
  public EverclipConfig load() {
    var all = new ArrayList<String>(assignments);
    if (kafka != null) {
      all.add("kafka.bootstrap=" + kafka);
    }
    return new ConfigLoader(System.getenv()).load(home, config, all);
  }
}
