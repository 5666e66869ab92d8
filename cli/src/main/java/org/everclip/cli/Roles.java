package org.everclip.cli;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Every role: its module, its main class, and how much memory it gets on one machine. */
final class Roles {

  /** Heap of a broker that is run alone. */
  static final String BROKER_HEAP = "192m";

  /** These run only where their settings say so, or when they are named. */
  static final String FETCH = "fetch";

  static final String RECEIVE = "receive";

  private static final String QUICK = "-XX:TieredStopAtLevel=1";

  private Roles() {}

  /** The roles of the embedded platform in the order of their start. */
  static List<RoleSpec> all(String brokerHeap, Map<String, String> environment) {
    return List.of(
        platform("broker", "BrokerMain", 0, "-Xmx" + brokerHeap),
        platform("schema-registry", "SchemaRegistryMain", 1, "-Xmx64m", QUICK),
        new RoleSpec(
            "registry",
            "model-registry",
            "org.everclip.registry.RegistryMain",
            2,
            List.of("-Xmx192m", QUICK),
            plain()),
        new RoleSpec(
            "gate", "ingest", "org.everclip.ingest.GateMain", 3, List.of("-Xmx256m"), plain()),
        new RoleSpec(
            FETCH, "ingest", "org.everclip.ingest.FetchMain", 3, List.of("-Xmx384m"), plain()),
        new RoleSpec(
            RECEIVE, "ingest", "org.everclip.ingest.ReceiveMain", 3, List.of("-Xmx256m"), plain()),
        new RoleSpec(
            "reinforce",
            "reinforce-stream",
            "org.everclip.reinforce.ReinforceMain",
            3,
            List.of("-Xmx768m"),
            models(environment)),
        new RoleSpec(
            "trainer",
            "trainer",
            "org.everclip.trainer.TrainerMain",
            3,
            List.of("-Xmx384m"),
            training(environment)),
        new RoleSpec(
            "evaluator",
            "evaluation",
            "org.everclip.evaluation.EvaluatorMain",
            3,
            List.of("-Xmx384m"),
            models(environment)),
        new RoleSpec(
            "dashboard",
            "eval-dashboard",
            "org.everclip.dashboard.DashboardMain",
            3,
            List.of("-Xmx320m"),
            models(environment)));
  }

  /** The role of that name. */
  static RoleSpec named(List<RoleSpec> roles, String name) {
    return roles.stream()
        .filter(role -> role.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new CliException(
                    "there is no role '"
                        + name
                        + "'; roles are "
                        + roles.stream().map(RoleSpec::name).toList()));
  }

  private static RoleSpec platform(String name, String main, int phase, String... options) {
    return new RoleSpec(
        name, "platform", "org.everclip.platform." + main, phase, List.of(options), plain());
  }

  /** One allocation arena: several make the size of a process grow without end. */
  private static Map<String, String> plain() {
    return Map.of("MALLOC_ARENA_MAX", "1");
  }

  private static Map<String, String> models(Map<String, String> environment) {
    var variables = new HashMap<String, String>(plain());
    variables.put("DJL_CACHE_DIR", nativeCache(environment).toString());
    return Map.copyOf(variables);
  }

  /** Keeping freed memory saves the page faults that are else half of a training step. */
  private static Map<String, String> training(Map<String, String> environment) {
    var variables = new HashMap<String, String>(models(environment));
    variables.put("MALLOC_MMAP_MAX_", "0");
    variables.put("MALLOC_TRIM_THRESHOLD_", Integer.toString(512 << 20));
    return Map.copyOf(variables);
  }

  /** Where PyTorch's libraries are unpacked once (432 MB) for all roles and homes. */
  static Path nativeCache(Map<String, String> environment) {
    String chosen = environment.get("DJL_CACHE_DIR");
    return chosen == null
        ? Path.of(System.getProperty("user.home"), ".cache", "everclip", "djl")
        : Path.of(chosen);
  }
}
