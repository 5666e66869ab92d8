package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.PairId;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.service.ConfigLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Records from independent clients while {@code ./everclip up} runs: JSON by kcat, Avro by the Java
 * client, garbage bytes and a truncated JPEG. The good ones must come out of pairs.reinforced
 * exactly once, the bad ones of pairs.rejected with their reason.
 */
@Command(
    name = "records-proof",
    mixinStandardHelpOptions = true,
    description = "Writes good and bad records with independent clients and looks where they end.")
public final class RecordsProof implements Callable<Integer> {

  private static final Duration THROUGH = Duration.ofMinutes(2);

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "21900")
  private int portsBase;

  public static void main(String[] args) {
    System.exit(new CommandLine(new RecordsProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    List<ShardSample> samples = samples(root.resolve("demo/train-permissive/000000.tar"), 3);
    try (Platform platform = Platform.up(root, home.toAbsolutePath(), portsBase, List.of())) {
      EverclipConfig config =
          new ConfigLoader(platform.environment()).load(platform.home(), null, List.of());
      String source = "records-proof";
      byte[] json =
          """
          {"externalId":"json-1","source":"%s","caption":"a picture by kcat","image":"%s"}"""
              .formatted(source, Base64.getEncoder().encodeToString(image(samples.get(0))))
              .getBytes(UTF_8);
      boolean kcat = kcat(platform, config, json);
      var pairs = new RawPairCodec(Clients.schemaRegistry(config));
      byte[] whole = image(samples.get(2));
      try (var producer =
          new KafkaProducer<>(
              Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
        if (!kcat) {
          System.out.println("kcat is not installed: the JSON record is sent by the Java client");
          send(producer, json);
        }
        send(producer, pairs.encode(pair(source, "avro-1", image(samples.get(1)))));
        send(producer, "neither Avro nor JSON".getBytes(UTF_8));
        send(
            producer,
            pairs.encode(pair(source, "truncated-1", Arrays.copyOf(whole, whole.length / 2))));
      }
      platform.await(
          THROUGH,
          "all four records have come out",
          () -> FlowSets.read(config).faults().isEmpty());
      FlowSets sets = FlowSets.read(config);
      var outcome = new ArrayList<String>();
      for (String id : List.of("json-1", "avro-1")) {
        String pairId = PairId.of(source, id);
        long times = sets.reinforced().stream().filter(key -> key.startsWith(pairId + "#")).count();
        outcome.add(id + " is in pairs.reinforced " + times + " time(s)");
        if (times != 1) {
          outcome.add("FAULT expected exactly once");
        }
      }
      Path listing = platform.home().resolve("rejected.txt");
      platform.run(listing, "rejected");
      String rejected = Files.readString(listing);
      for (String reason : List.of("UNDECODABLE_RECORD", "IMAGE_TRUNCATED")) {
        outcome.add(
            (rejected.contains(reason) ? "rejected with " : "FAULT not rejected with ") + reason);
      }
      boolean ready = platform.roles().ready();
      outcome.add(ready ? "every role is ready" : "FAULT a role is not ready");
      outcome.forEach(System.out::println);
      boolean good = outcome.stream().noneMatch(line -> line.startsWith("FAULT"));
      System.out.println(good ? "PROVEN" : "NOT PROVEN");
      return good ? 0 : 1;
    }
  }

  private static boolean kcat(Platform platform, EverclipConfig config, byte[] json)
      throws IOException, InterruptedException {
    Optional<Path> program =
        Arrays.stream(System.getenv("PATH").split(":"))
            .map(folder -> Path.of(folder, "kcat"))
            .filter(Files::isExecutable)
            .findFirst();
    if (program.isEmpty()) {
      return false;
    }
    Path file = platform.home().resolve("record.json");
    Files.write(file, json);
    int code =
        new ProcessBuilder(
                program.get().toString(),
                "-P",
                "-b",
                config.kafka().bootstrap(),
                "-t",
                Topics.RAW.name(),
                file.toString())
            .inheritIO()
            .start()
            .waitFor();
    if (code != 0) {
      throw new IllegalStateException("kcat ended with " + code);
    }
    return true;
  }

  private static void send(KafkaProducer<byte[], byte[]> producer, byte[] value) throws Exception {
    producer.send(new ProducerRecord<>(Topics.RAW.name(), value)).get();
  }

  private static ImageTextPair pair(String source, String id, byte[] image) {
    return ImageTextPair.newBuilder()
        .setSource(source)
        .setExternalId(id)
        .setCaption("a picture called " + id)
        .setImage(ByteBuffer.wrap(image))
        .build();
  }

  /** JPEG samples only: a truncated one is to be made of the last. */
  private static List<ShardSample> samples(Path shard, int count) throws IOException {
    var samples = new ArrayList<ShardSample>();
    try (var reader = new WebDatasetReader(shard)) {
      for (ShardSample sample : reader) {
        if (sample.members().containsKey("jpg") && samples.size() < count) {
          samples.add(sample);
        }
      }
    }
    return samples;
  }

  private static byte[] image(ShardSample sample) {
    byte[] image = sample.members().get("jpg");
    if (image == null) {
      throw new AssertionError("only samples with a jpg were taken");
    }
    return image;
  }
}
