package org.everclip.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RawPairCodec;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigLoader;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Deletes a training pair and a held-out pair from the whole running flow, and looks into every
 * place that held them: pairs.accepted, pairs.reinforced, the trainer's replay store, the
 * evaluator's pictures of held-out pairs, the page.
 */
@Command(
    name = "deletion-proof",
    mixinStandardHelpOptions = true,
    description = "Deletes pairs by id and looks whether every store has let them go.")
public final class DeletionProof implements Callable<Integer> {

  private static final Duration THROUGH = Duration.ofMinutes(10);
  private static final String SOURCE = "deletion-proof";

  private final HttpClient http = HttpClient.newHttpClient();

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private Path program = Path.of(".");

  @Option(names = "--home", required = true, description = "An empty folder for the state.")
  private Path home = Path.of("");

  @Option(names = "--ports-base", defaultValue = "22000")
  private int portsBase;

  public static void main(String[] args) {
    System.exit(new CommandLine(new DeletionProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path root = program.toAbsolutePath().normalize();
    try (Platform platform =
        Platform.up(root, home.toAbsolutePath(), portsBase, List.of("gate.holdoutShare=0.3"))) {
      EverclipConfig config =
          new ConfigLoader(platform.environment()).load(platform.home(), null, List.of());
      platform.run(
          platform.home().resolve("ingest.log"),
          "ingest",
          root.resolve("demo/val-permissive") + "/*.tar",
          "--source-name",
          SOURCE);
      platform.await(THROUGH, "all pairs are reinforced", () -> through(config));
      Map<String, AcceptedPair> pairs = newest(config, Topics.ACCEPTED);
      int training =
          (int) pairs.values().stream().filter(pair -> pair.getSplit() == Split.TRAIN).count();
      platform.await(
          THROUGH, "the replay store has " + training, () -> stored(platform) == training);
      List<AcceptedPair> chosen =
          List.of(shown(config, pairs, Split.TRAIN), shown(config, pairs, Split.HOLDOUT));
      Path held = heldPicture(config, chosen.get(1));
      platform.await(THROUGH, "the evaluator has the held-out picture", () -> Files.exists(held));
      delete(config, chosen);
      platform.await(THROUGH, "tombstones in both topics", () -> gone(config, chosen));
      platform.await(
          THROUGH, "the replay store has one less", () -> stored(platform) == training - 1);
      platform.await(THROUGH, "the evaluator's picture is gone", () -> !Files.exists(held));
      platform.await(
          THROUGH,
          "the page shows them no more",
          () -> chosen.stream().allMatch(pair -> status(config, pair) == 404));
      System.out.printf(
          "%d pairs (%d for training); of each split one is deleted: gone from pairs.accepted,"
              + " pairs.reinforced, the replay store (%d left), the evaluator's pictures and the"
              + " page%nPROVEN%n",
          pairs.size(), training, training - 1);
      return 0;
    }
  }

  /** Where the evaluator keeps the picture of a held-out pair. */
  private static Path heldPicture(EverclipConfig config, AcceptedPair pair) {
    String sha256 = pair.getImageSha256();
    return config
        .inHome(config.evaluation().cacheDir())
        .resolve("holdout/pictures")
        .resolve(sha256.substring(0, 2))
        .resolve(sha256);
  }

  private static boolean through(EverclipConfig config) {
    FlowSets sets = FlowSets.read(config);
    return !sets.raw().isEmpty() && sets.faults().isEmpty();
  }

  /** A pair whose picture the page shows now. */
  private AcceptedPair shown(EverclipConfig config, Map<String, AcceptedPair> pairs, Split split) {
    return pairs.values().stream()
        .filter(pair -> pair.getSplit() == split && status(config, pair) == 200)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the page shows no pair of " + split));
  }

  private static void delete(EverclipConfig config, List<AcceptedPair> pairs) throws Exception {
    var codec = new RawPairCodec(Clients.schemaRegistry(config));
    try (var producer =
        new KafkaProducer<>(
            Clients.producer(config), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (AcceptedPair pair : pairs) {
        ImageTextPair deletion =
            ImageTextPair.newBuilder()
                .setSource(pair.getSource())
                .setExternalId(pair.getExternalId())
                .setOperation(PairOperation.DELETE)
                .build();
        producer.send(new ProducerRecord<>(Topics.RAW.name(), codec.encode(deletion))).get();
      }
    }
  }

  private static boolean gone(EverclipConfig config, List<AcceptedPair> pairs) {
    Map<String, AcceptedPair> accepted = newest(config, Topics.ACCEPTED);
    Map<String, ReinforcedPair> reinforced = newest(config, Topics.REINFORCED);
    return pairs.stream()
        .map(AcceptedPair::getPairId)
        .noneMatch(id -> accepted.containsKey(id) || reinforced.containsKey(id));
  }

  private int status(EverclipConfig config, AcceptedPair pair) {
    return get("http://127.0.0.1:%d/api/v1/samples/%s/image"
            .formatted(config.dashboard().port(), pair.getPairId()))
        .statusCode();
  }

  /** How many pairs the trainer keeps, by its own meter; -1 while it does not tell. */
  private int stored(Platform platform) {
    try {
      JsonNode state =
          new JsonMapper().readTree(platform.home().resolve("supervisor.json").toFile());
      for (JsonNode role : state.path("roles")) {
        if (role.path("name").asText().equals("trainer")) {
          return get("http://127.0.0.1:" + role.path("healthPort").asInt() + "/metrics")
              .body()
              .lines()
              .filter(line -> line.startsWith("everclip_trainer_stored"))
              .map(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
              .findFirst()
              .orElse(-1);
        }
      }
    } catch (IOException e) {
      return -1;
    }
    return -1;
  }

  private HttpResponse<String> get(String address) {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create(address)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(address + " does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The newest value of each key that has one: what a compacted topic is left with. */
  private static <T extends SpecificRecord> Map<String, T> newest(
      EverclipConfig config, Topics.Topic topic) {
    RecordCodec<T> codec = RecordCodec.of(topic, Clients.schemaRegistry(config));
    var newest = new HashMap<String, T>();
    try (var consumer =
        new KafkaConsumer<>(
            Clients.consumer(config), new StringDeserializer(), new ByteArrayDeserializer())) {
      var partitions = new ArrayList<TopicPartition>();
      consumer
          .partitionsFor(topic.name())
          .forEach(info -> partitions.add(new TopicPartition(info.topic(), info.partition())));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream()
          .anyMatch(at -> consumer.position(at) < Objects.requireNonNull(ends.get(at)))) {
        for (ConsumerRecord<String, byte[]> message : consumer.poll(Duration.ofMillis(200))) {
          T value = codec.decode(message.value());
          if (value == null) {
            newest.remove(message.key());
          } else {
            newest.put(message.key(), value);
          }
        }
      }
    }
    return newest;
  }
}
