package org.everclip.system;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.registry.AliasMove;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.RegistryClient;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * kill -9 of the evaluator at seeded moments, as a process beside a broker and a registry. The same
 * versions are evaluated twice: under one name undisturbed, under another with kills. At the end
 * both have the same results to the last digit (but for milliseconds), every task of every version
 * is there, and nothing was written twice.
 */
@Command(
    name = "evaluator-kill-proof",
    mixinStandardHelpOptions = true,
    description = "Kills the evaluator at seeded moments and compares what it leaves.")
public final class EvaluatorKillProof implements Callable<Integer> {

  private static final String CALM = "calm";
  private static final String KILLED = "killed";
  private static final String NAME = "evaluator";
  private static final long STALLED_MILLIS = 300_000;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "A new folder for all state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22500")
  private int portsBase;

  @Option(names = "--kills", defaultValue = "20", description = "Kills: ${DEFAULT-VALUE}.")
  private int kills;

  @Option(names = "--versions", defaultValue = "4", description = "Versions: ${DEFAULT-VALUE}.")
  private int versions;

  @Option(names = "--seed", defaultValue = "1")
  private long seed;

  private final PrintStream out = System.out;
  private final List<String> faults = new ArrayList<>();

  public static void main(String[] args) {
    System.exit(new CommandLine(new EvaluatorKillProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    var random = new Random(seed);
    // Two processes measure different milliseconds, so these must not decide here.
    List<String> settings = List.of("evaluation.promotion.maxLatencyRatio=0");
    try (var platform = new RolePlatform(root, home, portsBase, settings)) {
      Path registryHome = home.resolve("registry-home");
      platform.start(
          "model-registry",
          "model-registry",
          "org.everclip.registry.RegistryMain",
          registryHome,
          List.of("-Xmx256m"));
      RegistryClient client = client(registryHome);
      holdouts(platform);
      List<Path> models = DamagedModels.of(root, home.resolve("models"), versions);
      start(platform);
      for (int n = 1; n <= versions; n++) {
        publish(client, CALM, models, n);
        awaitDecision(platform, CALM, n);
      }
      out.printf(
          "undisturbed: %d versions are decided on, peak memory of the evaluator %s%n",
          versions, peak(platform.process(NAME).pid()));
      killing(platform, client, models, random);
      platform.kill(NAME);
      check(platform, client);
    }
    faults.forEach(fault -> out.println("FAULT " + fault));
    out.println(faults.isEmpty() ? "PROVEN" : "NOT PROVEN");
    return faults.isEmpty() ? 0 : 1;
  }

  private void killing(
      RolePlatform platform, RegistryClient client, List<Path> models, Random random)
      throws Exception {
    int published = 0;
    int killed = 0;
    int perVersion = (kills + versions - 1) / versions;
    while (published < versions) {
      publish(client, KILLED, models, ++published);
      int last = Math.min(kills, published * perVersion);
      while (killed < last && !decided(platform, KILLED, published)) {
        moment(platform, random);
        platform.kill(NAME);
        killed++;
        start(platform);
      }
      awaitDecision(platform, KILLED, published);
    }
    out.printf("%d kills%n", killed);
    if (killed < kills) {
      faults.add("only %d of %d kills met an evaluator at work".formatted(killed, kills));
    }
  }

  /** One kill in four at any time after the start, the others soon after some result. */
  private void moment(RolePlatform platform, Random random) throws Exception {
    int pause = random.nextInt(1_000);
    if (random.nextInt(4) == 0) {
      Thread.sleep(4L * pause);
      return;
    }
    int before = of(platform, KILLED).size();
    long start = System.currentTimeMillis();
    while (of(platform, KILLED).size() == before) {
      Thread.sleep(50);
      if (System.currentTimeMillis() - start > STALLED_MILLIS) {
        throw new IllegalStateException("no result comes; see " + platform.log(NAME));
      }
    }
    Thread.sleep(pause / 2);
  }

  private void start(RolePlatform platform) throws IOException {
    platform.start(
        NAME,
        "evaluation",
        "org.everclip.evaluation.EvaluatorMain",
        home.resolve("registry-home"),
        List.of("-Xmx384m"));
  }

  private RegistryClient client(Path registryHome) throws Exception {
    Path token = registryHome.resolve("registry-token");
    URI base = URI.create("http://127.0.0.1:" + (portsBase + 3));
    long start = System.currentTimeMillis();
    while (!Files.exists(token) || Files.readString(token).isBlank()) {
      Thread.sleep(100);
      if (System.currentTimeMillis() - start > STALLED_MILLIS) {
        throw new IllegalStateException("the registry makes no token");
      }
    }
    return new RegistryClient(base, Files.readString(token).strip());
  }

  private void holdouts(RolePlatform platform) throws Exception {
    try (var pairs = new AcceptedPairs(platform.config())) {
      for (int n = 0; n < 240; n++) {
        String period = n < 120 ? "2014" : "2015";
        pairs.sendHeldOut(n, "picture number " + n, AcceptedPairs.picture(n), period);
      }
      pairs.flush();
    }
  }

  private void publish(RegistryClient client, String model, List<Path> models, int n) {
    Integer parent = n == 1 ? null : (Integer) (n - 1);
    var draft =
        new ManifestDraft(
            parent,
            n,
            n * 100L,
            Map.of(),
            "proof",
            List.of("Apache-2.0"),
            Map.of("periods", Map.of(n <= versions / 2 ? "2014" : "2015", 100)));
    client.publish(model, models.get(n - 1), draft, model + n);
  }

  private static String peak(long pid) throws IOException {
    Path status = Path.of("/proc/" + pid + "/status");
    if (!Files.exists(status)) {
      return "unknown";
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM"))
        .findFirst()
        .map(line -> line.replaceAll("\\s+", " "))
        .orElse("unknown");
  }

  private List<EvaluationResult> of(RolePlatform platform, String model) {
    return Evaluations.read(platform.config()).stream()
        .filter(result -> result.getModel().equals(model))
        .toList();
  }

  private boolean decided(RolePlatform platform, String model, int version) {
    return of(platform, model).stream()
        .anyMatch(result -> result.getVersion() == version && result.getTask().equals("promotion"));
  }

  private void awaitDecision(RolePlatform platform, String model, int version) throws Exception {
    long start = System.currentTimeMillis();
    while (!decided(platform, model, version)
        || !of(platform, model).stream()
            .anyMatch(r -> r.getVersion() == version && r.getTask().equals("ematrix"))) {
      if (!platform.process(NAME).isAlive()) {
        throw new IllegalStateException("the evaluator has ended; see " + platform.log(NAME));
      }
      if (System.currentTimeMillis() - start > 2 * STALLED_MILLIS) {
        throw new IllegalStateException("no decision on %s v%d".formatted(model, version));
      }
      Thread.sleep(100);
    }
  }

  private void check(RolePlatform platform, RegistryClient client) {
    Map<String, String> calm = facts(platform, CALM);
    Map<String, String> killed = facts(platform, KILLED);
    var keys = new TreeSet<>(calm.keySet());
    keys.addAll(killed.keySet());
    int equal = 0;
    for (String key : keys) {
      String one = calm.get(key);
      String other = killed.get(key);
      if (one != null && one.equals(other)) {
        equal++;
      } else {
        faults.add("%s differs:%n  %s%n  %s".formatted(key, one, other));
      }
    }
    List<Integer> moves = moves(client, KILLED);
    if (!moves.equals(moves(client, CALM))) {
      faults.add("main moved over " + moves + ", undisturbed over " + moves(client, CALM));
    }
    Map<String, Integer> written = Evaluations.written(platform.config());
    written.forEach(
        (key, times) -> {
          // Transfer is told again when the matrix has grown.
          if (times > 1 && !key.endsWith("/ematrix")) {
            faults.add("%s was written %d times".formatted(key, times));
          }
        });
    out.printf(
        "%d results are equal, %d keys were written, main moved over %s%n",
        equal, written.size(), moves);
  }

  private static List<Integer> moves(RegistryClient client, String model) {
    return client.aliasHistory(model, "main").stream().map(AliasMove::version).toList();
  }

  /** What must be equal, by version, suite and task. */
  private Map<String, String> facts(RolePlatform platform, String model) {
    var facts = new TreeMap<String, String>();
    for (EvaluationResult result : of(platform, model)) {
      String group = result.getGroup();
      if (group.equals("frozen")) {
        continue;
      }
      var metrics = new TreeMap<>(result.getMetrics());
      metrics.remove("latency.ratio");
      boolean timed = group.equals("latency");
      facts.put(
          "v%d %s %s".formatted(result.getVersion(), result.getSuite(), result.getTask()),
          "%s %s %s %s %d %s %s"
              .formatted(
                  result.getStatus(),
                  timed ? "" : result.getValue(),
                  timed ? "" : result.getLow() + " " + result.getHigh(),
                  timed ? "" : metrics,
                  result.getSamples(),
                  result.getPredictionsSha256(),
                  result.getDetail().replaceAll("one picture and one text take [^;]*", "")));
    }
    return facts;
  }
}
