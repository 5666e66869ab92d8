package org.everclip.system;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.service.ConfigLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Reinforced sets in and out: the same pairs by {@code reinforce-file} and through the stream with
 * {@code export}, compared byte for byte; the export imported into another platform, compared
 * record by record and exported again; and the reference's own loader on the export.
 */
@Command(
    name = "export-proof",
    mixinStandardHelpOptions = true,
    description = {
      "Demo pairs by reinforce-file and through the stream: the same bytes. The export, imported",
      "elsewhere, gives the same records. With --python and --reference (a checkout of",
      "ml-mobileclip) the reference's loader reads the export and replays our pixels."
    })
public final class ExportProof implements Callable<Integer> {

  private static final Duration THROUGH = Duration.ofMinutes(10);
  private static final String ROLES = "broker,schema-registry,gate,reinforce";
  private static final RawPosition NOWHERE = new RawPosition("", 0, 0L);

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "24000")
  private int portsBase;

  @Option(names = "--pairs", defaultValue = "48")
  private int pairs;

  @Option(names = "--python", description = "Python with torch, torchvision and webdataset.")
  private @Nullable String python;

  @Option(names = "--reference", description = "A checkout of ml-mobileclip.")
  private @Nullable Path reference;

  private boolean proven = true;

  public static void main(String[] args) {
    System.exit(new CommandLine(new ExportProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    home = home.toAbsolutePath();
    program = program.toAbsolutePath().normalize();
    writePairs(home.resolve("pairs.tar"));
    Map<String, ReinforcedPair> first;
    try (Platform platform = platform("a", 0)) {
      run(platform, "reinforce-file", "--data", home + "/pairs.tar", "--source-name", "proof");
      run(platform, "ingest", home + "/pairs.tar", "--source-name", "proof");
      platform.await(THROUGH, "all pairs are reinforced", () -> through(platform));
      run(platform, "export", "--split", "all", "--shard-pairs", "20");
      first = records(platform);
    }
    Map<String, ShardSample> byFile = byPair(samples("reinforce-file"));
    Map<String, ShardSample> byStream = byPair(samples("export"));
    check(
        "%d pairs through the stream, the same members as by reinforce-file, byte for byte"
            .formatted(byStream.size()),
        differences(byStream, byFile));
    try (Platform platform = platform("b", 100)) {
      run(platform, "ingest", "datacompdr:" + home + "/export/*.tar");
      platform.await(THROUGH, "all pairs are there again", () -> through(platform));
      run(platform, "export-again", "--split", "all", "--shard-pairs", "20");
      var wrong = new ArrayList<String>();
      Map<String, ReinforcedPair> second = records(platform);
      first.forEach(
          (id, pair) -> {
            if (!same(pair, second.get(id))) {
              wrong.add(id);
            }
          });
      check("%d records are the same after export and import".formatted(first.size()), wrong);
    }
    check(
        "exported again, the same members, byte for byte",
        differences(byPair(samples("export-again")), byStream));
    loader();
    System.out.println(proven ? "PROVEN" : "NOT PROVEN");
    return proven ? 0 : 1;
  }

  private void loader() throws Exception {
    if (python == null || reference == null) {
      System.out.println(
          "SKIPPED: the reference's loader has read nothing; give --python and --reference");
      return;
    }
    List<Path> shards = WebDatasetReader.expand(home + "/export/*.tar");
    Map<String, ShardSample> samples = samples("export");
    int views = ReferenceLoader.read(samples.values().iterator().next()).augmentations().size();
    var result =
        new ReferenceLoader(python, reference.toAbsolutePath())
            .compare(home, shards, samples, views);
    check(
        "the reference's loader (%s) gave %d of %d samples: our pixels, captions and rows"
            .formatted(result.versions(), result.rows(), samples.size() * views),
        result.differences());
    proven &= result.rows() == samples.size() * views;
  }

  private Platform platform(String name, int offset) throws Exception {
    return Platform.up(program, home.resolve(name), portsBase + offset, List.of(), ROLES);
  }

  /** Runs a command; what it writes goes to a folder of the command's name. */
  private void run(Platform platform, String command, String... arguments) throws Exception {
    var all = new ArrayList<String>(List.of(command.replace("-again", "")));
    all.addAll(Arrays.asList(arguments));
    if (!command.equals("ingest")) {
      all.addAll(List.of("--out", home.resolve(command).toString()));
    }
    Path log = home.resolve(command + ".log");
    if (platform.run(log, all.toArray(String[]::new)) != 0) {
      throw new IllegalStateException(command + " failed; see " + log);
    }
  }

  private void writePairs(Path shard) throws IOException {
    try (var writer = new WebDatasetWriter(shard)) {
      for (Path demo : WebDatasetReader.expand(program + "/demo/val-permissive/*.tar")) {
        try (var reader = new WebDatasetReader(demo)) {
          while (reader.hasNext() && writer.samples() < pairs) {
            writer.write(reader.next());
          }
        }
      }
    }
  }

  private void check(String claim, List<String> differences) {
    System.out.println(differences.isEmpty() ? claim : "NOT: " + claim);
    differences.stream().limit(10).forEach(difference -> System.out.println("  " + difference));
    proven &= differences.isEmpty();
  }

  private Map<String, ShardSample> samples(String folder) throws IOException {
    var samples = new LinkedHashMap<String, ShardSample>();
    for (Path shard : WebDatasetReader.expand(home.resolve(folder) + "/*.tar")) {
      try (var reader = new WebDatasetReader(shard)) {
        reader.forEach(sample -> samples.put(sample.key(), sample));
      }
    }
    return samples;
  }

  private static Map<String, ShardSample> byPair(Map<String, ShardSample> samples) {
    var pairs = new HashMap<String, ShardSample>();
    samples.forEach(
        (key, sample) -> {
          PairFacts facts = ReferenceLoader.facts(sample);
          String externalId = facts.externalId();
          pairs.put(externalId == null ? key : PairId.of(facts.source(), externalId), sample);
        });
    return pairs;
  }

  /** All members but the facts, in which arrival and version differ. */
  private static List<String> differences(
      Map<String, ShardSample> some, Map<String, ShardSample> others) {
    var differences = new ArrayList<String>();
    some.forEach(
        (id, sample) -> {
          ShardSample other = others.get(id);
          if (other == null || !other.members().keySet().equals(sample.members().keySet())) {
            differences.add(id + " is missing or has other members");
            return;
          }
          sample
              .members()
              .forEach(
                  (name, bytes) -> {
                    if (!name.equals("json") && !Arrays.equals(bytes, other.members().get(name))) {
                      differences.add(id + "." + name);
                    }
                  });
        });
    if (some.isEmpty()) {
      differences.add("there is nothing to compare");
    }
    return differences;
  }

  private static EverclipConfig config(Platform platform) {
    return new ConfigLoader(platform.environment()).load(platform.home(), null, List.of());
  }

  private static boolean through(Platform platform) {
    FlowSets sets = FlowSets.read(config(platform));
    return !sets.raw().isEmpty() && sets.faults().isEmpty();
  }

  private static Map<String, ReinforcedPair> records(Platform platform) {
    EverclipConfig config = config(platform);
    RecordCodec<ReinforcedPair> codec =
        RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    var records = new HashMap<String, ReinforcedPair>();
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.REINFORCED.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(entry -> records.put(entry.key(), codec.decode(entry.value())));
      }
    }
    return records;
  }

  /**
   * Whether two records say the same: pair, picture, caption, attributes, parameters, captions,
   * embeddings. Positions and times are of the platform; version and score of an import are the
   * gate's.
   */
  private static boolean same(ReinforcedPair one, @Nullable ReinforcedPair other) {
    return other != null
        && plain(one.getPair()).equals(plain(other.getPair()))
        && one.getAugmentations().equals(other.getAugmentations())
        && one.getCaptions().equals(other.getCaptions())
        && one.getTeacherEmbeddings().equals(other.getTeacherEmbeddings());
  }

  private static AcceptedPair plain(AcceptedPair pair) {
    return AcceptedPair.newBuilder(pair)
        .setRawPosition(NOWHERE)
        .setFirstSeenTime(Instant.EPOCH)
        .setOriginalSha256("")
        .build();
  }
}
