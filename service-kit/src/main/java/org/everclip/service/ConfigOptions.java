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

  /**
   * Loads the settings as {@link #load} does, but without {@code --home} all state lies in a folder
   * of that name below the usual place.
   */
  public EverclipConfig loadBelow(String folder) {
    if (home == null) {
      home = load().home().resolve(folder);
    }
    return load();
  }

  /** Adds a {@code section.key=value} as if it had been given with {@code --set}. */
  public void assign(String assignment) {
    assignments.add(assignment);
  }

  /** The same options for a child process, except {@code --home}. */
  public List<String> argumentsWithoutHome() {
    var arguments = new ArrayList<String>();
    if (config != null) {
      arguments.addAll(List.of("--config", config.toAbsolutePath().toString()));
    }
    if (kafka != null) {
      arguments.addAll(List.of("--kafka", kafka));
    }
    assignments.forEach(assignment -> arguments.addAll(List.of("--set", assignment)));
    return arguments;
  }
}
