package org.everclip.system;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A version trained on shuffled captions is published and evaluated like any other, but the gate
 * does not promote it, and the page's API says why. The platform is left running with {@code
 * --keep}, so that the page can be looked at.
 */
@Command(
    name = "worse-version-proof",
    mixinStandardHelpOptions = true,
    description = "Trains a good version, then one on shuffled captions; the gate must refuse it.")
public final class WorseVersionProof implements Callable<Integer> {

  private static final Duration TRAINING = Duration.ofMinutes(15);

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "21700")
  private int portsBase;

  @Option(names = "--keep", description = "Go on running until interrupted.")
  private boolean keep;

  public static void main(String[] args) {
    System.exit(new CommandLine(new WorseVersionProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    Path state = home.toAbsolutePath();
    int good;
    try (Platform platform = Platform.up(root, state, portsBase, List.of("trainer.maxRounds=2"))) {
      EverclipConfig config = config(platform);
      ingest(platform, root, "val-permissive", "--holdout");
      ingest(platform, root, "train-permissive");
      platform.await(
          TRAINING, "two versions are decided on", () -> Evaluations.decisions(config).size() >= 2);
      good = Evaluations.decisions(config).keySet().stream().max(Integer::compare).orElseThrow();
      System.out.println("trained on right captions: v1 to v" + good);
    }
    try (Platform platform =
        Platform.up(
            root,
            state,
            portsBase,
            List.of("trainer.shuffleCaptions=true", "trainer.maxRounds=3"))) {
      EverclipConfig config = config(platform);
      platform.await(
          TRAINING,
          "the version on shuffled captions is decided on",
          () -> Evaluations.decisions(config).keySet().stream().anyMatch(v -> v > good));
      Map<Integer, EvaluationResult> decisions = Evaluations.decisions(config);
      decisions.forEach(
          (version, decision) -> System.out.println("v" + version + " " + decision.getDetail()));
      EvaluationResult last =
          decisions.values().stream()
              .max(Comparator.comparingInt(EvaluationResult::getVersion))
              .orElseThrow();
      int worse = last.getVersion();
      String detail = last.getDetail();
      String page = get("http://127.0.0.1:" + portsBase + "/api/v1/benchmarks");
      boolean refused = detail.startsWith("not promoted");
      boolean told = page.contains("not promoted");
      System.out.println(
          refused ? "v" + worse + " was not promoted" : "FAULT v" + worse + " was promoted");
      System.out.println(
          told ? "the page's API says why" : "FAULT the page's API does not say why");
      System.out.println(refused && told ? "PROVEN" : "NOT PROVEN");
      if (keep) {
        System.out.println("the page: http://127.0.0.1:" + portsBase);
        Thread.currentThread().join();
      }
      return refused && told ? 0 : 1;
    }
  }

  private static void ingest(Platform platform, Path root, String folder, String... options)
      throws Exception {
    var command = new java.util.ArrayList<String>();
    command.add("ingest");
    command.add(root.resolve("demo/" + folder) + "/*.tar");
    command.addAll(List.of("--source-name", folder));
    command.addAll(List.of(options));
    int code =
        platform.run(platform.home().resolve(folder + ".log"), command.toArray(String[]::new));
    if (code != 0) {
      throw new IllegalStateException("ingest of " + folder + " ended with " + code);
    }
  }

  private static EverclipConfig config(Platform platform) {
    return new ConfigLoader(platform.environment()).load(platform.home(), null, List.of());
  }

  private static String get(String address) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
        .body();
  }
}
