package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.system.AcceptedPairs;
import org.everclip.system.ReinforcedLedger;
import org.everclip.system.RolePlatform;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * CPU and wall time of the reinforcement role for each pair, beside those of a bare loop with the
 * same pictures, models, batches and threads; then by what the role's threads are for. With an
 * outside Python also pictures a second of open_clip with the same weights. All are processes of
 * their own, measured when warm, from the first of the pairs to the last one's commit.
 */
@Command(
    name = "reinforce-overhead",
    mixinStandardHelpOptions = true,
    description = "Measures the reinforcement job against a bare loop, and against open_clip.")
public final class ReinforceOverhead implements Callable<Integer> {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final String BIG = "ViT-B-16";

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--program", defaultValue = ".", description = "Folder of the program.")
  private Path program = Path.of(".");

  @Option(names = "--ports-base", defaultValue = "24800")
  private int portsBase;

  @Option(
      names = "--teacher",
      defaultValue = "nano",
      description = "nano (the demo's recipe) or ViT-B-16 (random weights).")
  private String teacher = "nano";

  @Option(names = "--runs", defaultValue = "3", description = "Runs of each side.")
  private int runs;

  @Option(names = "--threads", defaultValue = "2", description = "Threads that call the models.")
  private int threads;

  @Option(
      names = "--batch",
      defaultValue = "32",
      description = "Pairs of a batch; with few augmentations and a big teacher 32 / (A + 1).")
  private int batch;

  @Option(names = "--warm-up", defaultValue = "512", description = "Pairs before measuring.")
  private int warmUp;

  @Option(names = "--pairs", defaultValue = "1536", description = "Pairs measured.")
  private int pairs;

  @Option(names = "--augmentations", defaultValue = "3", description = "A of ViT-B-16's recipe.")
  private int augmentations;

  @Option(names = "--precision", defaultValue = "auto", description = "auto, fp32 or bf16.")
  private String precision = "auto";

  @Option(names = "--side", defaultValue = "256", description = "Longer side of the pictures.")
  private int side;

  @Option(names = "--python", description = "An interpreter with torch and open_clip.")
  private Path python = Path.of("");

  @Option(names = "--checkpoint-interval", defaultValue = "PT5S", description = "Of the job.")
  private Duration checkpointInterval = Duration.ZERO;

  /**
   * Milliseconds a pair: CPU of the process, and of the clock from the first pair's sending to the
   * last one's commit.
   */
  private record Figures(double cpu, double wall) {}

  public static void main(String[] args) {
    System.exit(new CommandLine(new ReinforceOverhead()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    program = program.toAbsolutePath().normalize();
    precision = Precision.named(precision).setting();
    home = home.toAbsolutePath().normalize();
    Path pictures = Files.createDirectories(home.resolve("pictures"));
    prepare(pictures);
    Path recipe = teacher.equals("nano") ? program.resolve("demo/reinforcement.yaml") : big();
    System.out.printf(
        "%s, %s, %d threads, %d pairs after %d%n", teacher, precision, threads, pairs, warmUp);
    System.out.println(
        "| run | job, ms CPU a pair | bare loop | **ratio** | job, ms a pair | bare loop | ratio"
            + " |");
    System.out.println("|---|---|---|---|---|---|---|");
    List<String> profiles = new ArrayList<>();
    for (int run = 1; run <= runs; run++) {
      Figures bare = bare(pictures, recipe);
      Figures job = job(run, pictures, recipe, profiles);
      System.out.printf(
          Locale.ROOT,
          "| %d | %.2f | %.2f | **%.3f** | %.2f | %.2f | %.3f |%n",
          run,
          job.cpu,
          bare.cpu,
          job.cpu / bare.cpu,
          job.wall,
          bare.wall,
          job.wall / bare.wall);
      if (!python.toString().isEmpty() && teacher.equals(BIG)) {
        int images = augmentations + 1;
        double theirs = reference(pictures);
        System.out.printf(
            Locale.ROOT,
            "images/s: job %.2f, reference %.2f, ratio %.2f%n",
            1000 / job.wall * images,
            theirs * images,
            1000 / job.wall / theirs);
      }
    }
    System.out.println("where the job's CPU time goes, ms a pair:");
    profiles.forEach(System.out::println);
    return 0;
  }

  private Figures bare(Path pictures, Path recipe) throws Exception {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx1g",
            "-XX:+UseSerialGC",
            "-Dai.djl.offline=true",
            "-Dai.djl.pytorch.num_threads=1",
            "-Dai.djl.pytorch.graph_optimizer=false"));
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), BareReinforcement.class.getName()));
    command.addAll(List.of("--pictures", pictures.toString(), "--recipe", recipe.toString()));
    command.addAll(List.of("--program", program.toString(), "--precision", precision));
    command.addAll(
        List.of("--threads", "" + threads, "--warm-up", "" + warmUp, "--pairs", "" + pairs));
    command.addAll(List.of("--batch", "" + batch));
    String[] words = run(command).split(" ");
    return new Figures(Double.parseDouble(words[0]), Double.parseDouble(words[1]));
  }

  private Figures job(int run, Path pictures, Path recipe, List<String> profiles) throws Exception {
    Path own = home.resolve("run-" + run);
    List<String> settings =
        List.of(
            "reinforce.recipe=" + recipe,
            "reinforce.precision=" + precision,
            "reinforce.batchPairs=" + batch,
            "reinforce.checkpointInterval=" + checkpointInterval,
            "reinforce.onBadModel=report", // random teachers know nothing
            "reinforce.parallelism=" + threads);
    try (var platform = new RolePlatform(program, own, portsBase, settings);
        var source = new AcceptedPairs(platform.config());
        var ledger = new ReinforcedLedger(platform.config())) {
      List<Path> files = files(pictures);
      send(source, files, 0, warmUp);
      Process role =
          platform.start(
              "reinforce",
              "reinforce-stream",
              "org.everclip.reinforce.ReinforceMain",
              own.resolve("job"),
              List.of("-Xmx1g"));
      await(ledger, warmUp, role);
      // Nothing is under way now, nor at the end: all work that is counted is for these pairs.
      long wall = System.nanoTime();
      Duration cpu = role.info().totalCpuDuration().orElseThrow();
      ThreadTimes before = ThreadTimes.of(role.pid());
      send(source, files, warmUp, warmUp + pairs);
      await(ledger, warmUp + pairs, role);
      double spent = role.info().totalCpuDuration().orElseThrow().minus(cpu).toNanos() / 1e6;
      double took = (System.nanoTime() - wall) / 1e6;
      for (var entry : ThreadTimes.of(role.pid()).since(before)) {
        profiles.add(
            String.format(
                Locale.ROOT,
                "run %d: %8.3f  %5.1f %%  %s",
                run,
                (double) entry.getValue() / pairs,
                100 * entry.getValue() / spent,
                entry.getKey()));
      }
      if (ledger.refused() > 0 || !ledger.doubles().isEmpty()) {
        throw new IllegalStateException(
            "the job refused or doubled pairs; its figures mean nothing");
      }
      return new Figures(spent / pairs, took / pairs);
    }
  }

  private double reference(Path pictures) throws Exception {
    Path script = home.resolve("reinforce_reference.py");
    try (var in = ReinforceOverhead.class.getResourceAsStream("reinforce_reference.py")) {
      Files.write(script, Objects.requireNonNull(in).readAllBytes());
    }
    String config = "{\"text_cfg\": {\"vocab_size\": " + vocabulary() + "}}";
    return Double.parseDouble(
        run(List.of(
                python.toString(),
                script.toString(),
                pictures.toString(),
                home.resolve("teacher/model.safetensors").toString(),
                config,
                precision,
                "" + threads,
                "" + augmentations,
                "1",
                "" + pairs,
                "" + warmUp))
            .split(" ")[0]);
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("MALLOC_ARENA_MAX", "1");
    builder.environment().put("HF_HUB_OFFLINE", "1");
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException(command.get(0) + " has failed: " + text);
    }
    return text.strip().lines().reduce((a, b) -> b).orElse("");
  }

  private int vocabulary() throws IOException {
    return Tokenizers.load(tokenizer()).vocabularySize();
  }

  private Path tokenizer() {
    return program.resolve("demo/models/teacher-vit/tokenizer.json");
  }

  /** A recipe with one teacher of full size, its weights random, and the demo's captioner. */
  private Path big() throws IOException {
    Architecture architecture = Architecture.named(BIG).withVocabularySize(vocabulary());
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
      Weights weights = Weights.initialize(network, manager, 1);
      ModelDirectory.write(
          home.resolve("teacher"),
          architecture,
          weights,
          tokenizer(),
          Preprocessing.openAi(224),
          Map.of("licence", "none, random weights"));
    }
    String yaml =
        Files.readString(program.resolve("demo/reinforcement.yaml"))
            .replaceAll("(?m)^  - path: .*\\R", "")
            .replaceFirst("(?m)^teachers:.*$", "teachers:\n  - path: " + home.resolve("teacher"))
            .replaceFirst("captionsPerImage: \\d+", "captionsPerImage: 1")
            .replaceFirst("augmentationsPerImage: \\d+", "augmentationsPerImage: " + augmentations);
    return Files.writeString(home.resolve("recipe.yaml"), yaml);
  }

  /** Pictures put together from the demo's, no two the same. */
  private void prepare(Path folder) throws IOException {
    List<RgbImage> images = new ArrayList<>();
    var decoder = new ImageDecoder(new ImageLimits(4 << 20, 4096, 1 << 24, 1, 100));
    for (Path shard : WebDatasetReader.expand(program + "/demo/train-permissive/*.tar")) {
      try (var samples = new WebDatasetReader(shard)) {
        for (ShardSample sample : samples) {
          if (decoder.decode(sample.image().orElseThrow()) instanceof Decoded decoded) {
            images.add(decoded.image());
          }
        }
      }
    }
    for (int i = 0; i < warmUp + pairs; i++) {
      RgbImage image =
          SidePictures.beside(
              images.get(i % images.size()),
              images.get((i * 7 + i / images.size() * 31 + 1) % images.size()),
              side);
      Files.write(folder.resolve("%06d.jpg".formatted(i)), ImageEncoder.jpeg(image, 0.9f));
    }
  }

  private static void send(AcceptedPairs source, List<Path> files, int from, int to)
      throws Exception {
    for (int i = from; i < to; i++) {
      source.send(i, BareReinforcement.caption(i), Files.readAllBytes(files.get(i)));
    }
    source.flush();
  }

  private static void await(ReinforcedLedger ledger, int wanted, Process role) {
    int seen = ledger.poll(POLL);
    while (seen < wanted) {
      if (!role.isAlive()) {
        throw new IllegalStateException("the job has ended; see its log");
      }
      seen = ledger.poll(POLL);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted(Comparator.naturalOrder()).toList();
    }
  }
}
