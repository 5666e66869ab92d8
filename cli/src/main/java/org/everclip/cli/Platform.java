package org.everclip.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.everclip.contracts.config.EverclipConfig;

/** The embedded platform of a configuration: which roles, under which addresses. */
final class Platform {

  private Platform() {}

  /**
   * A supervisor for the roles, not yet started.
   *
   * @param only names of the roles to run; empty for all
   * @param arguments settings to pass on to every role
   */
  static Supervisor supervisor(
      Home home,
      EverclipConfig config,
      List<String> only,
      List<String> arguments,
      Consumer<String> say) {
    List<RoleSpec> all = Roles.all(config.platform().brokerHeap(), System.getenv());
    only.forEach(name -> Roles.named(all, name));
    List<RoleSpec> chosen =
        all.stream()
            .filter(role -> only.isEmpty() ? wanted(role, config) : only.contains(role.name()))
            .toList();
    Program program = Program.find();
    for (RoleSpec role : chosen) {
      if (!program.has(role.module())) {
        throw new CliException(
            program.lib(role.module())
                + " is missing: build with 'mvn -Pfast package' in "
                + program.dir()
                + ", then try again");
      }
    }
    Path dir = config.home();
    return new Supervisor(
        dir,
        program.dir(),
        chosen,
        new ProcessLauncher(program, home, dir, arguments),
        addresses(config),
        say);
  }

  private static boolean wanted(RoleSpec role, EverclipConfig config) {
    return switch (role.name()) {
      case Roles.FETCH -> config.fetch().enabled();
      case Roles.RECEIVE -> config.receive().enabled();
      default -> true;
    };
  }

  /** What to open or connect to. */
  static Map<String, String> addresses(EverclipConfig config) {
    var addresses = new TreeMap<String, String>();
    addresses.put("page", page(config));
    addresses.put("kafka", config.kafka().bootstrap());
    addresses.put("schemaRegistry", config.schemaRegistry().url());
    addresses.put("modelRegistry", config.registry().url());
    if (config.receive().enabled()) {
      addresses.put(
          "pairs",
          "http://" + config.receive().host() + ":" + config.receive().port() + "/v1/pairs");
    }
    if (config.reinforce().uiPort() > 0) {
      addresses.put("flink", "http://127.0.0.1:" + config.reinforce().uiPort());
    }
    return addresses;
  }

  static String page(EverclipConfig config) {
    return "http://127.0.0.1:" + config.dashboard().port();
  }
}
