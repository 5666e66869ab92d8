package org.everclip.reinforce.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.platform.EmbeddedBroker;
import org.everclip.platform.SchemaRegistryServer;
import org.everclip.reinforce.FilePrograms;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command against a real broker and registry. */
@Timeout(120)
class ExportTest {

  private static final float[] ROWS = {0.6f, 0.8f, 0.8f, -0.6f};

  @TempDir private Path folder;

  private EmbeddedBroker broker;
  private SchemaRegistryServer registry;
  private EverclipConfig config;
  private KafkaProducer<String, byte[]> producer;
  private RecordCodec<ReinforcedPair> codec;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(folder.resolve("broker"));
    registry = SchemaRegistryServer.start(0, broker.bootstrap());
    config =
        new ConfigLoader(Map.of())
            .load(
                folder.resolve("home"),
                null,
                List.of(
                    "kafka.bootstrap=" + broker.bootstrap(),
                    "schemaRegistry.url=" + registry.url()));
    try (Admin admin = Admin.create(Clients.common(config))) {
      admin.createTopics(List.of(Topics.REINFORCED.create(3, (short) 1))).all().get();
    }
    codec = RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    var settings = Clients.producer(config);
    settings.put("transactional.id", "test");
    producer = new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    producer.initTransactions();
  }

  @AfterEach
  void stop() {
    producer.close();
    registry.close();
    broker.close();
  }

  @Test
  void theNewestCommittedRevisionOfWhatIsNotDeletedBecomesShards() throws Exception {
    producer.beginTransaction();
    for (int number = 1; number <= 9; number++) {
      send(pair(number, 1, "v", EmbeddingEncoding.values()[number % 2]), number);
    }
    send(pair(10, 1, "v", EmbeddingEncoding.BF16), 10); // held out: a multiple of five, as is 5
    send(pair(2, 2, "v", EmbeddingEncoding.BF16_PACKED), 11);
    send(pair(7, 1, "other", EmbeddingEncoding.BF16), 12);
    send(pair(8, 2, "other", EmbeddingEncoding.BF16), 13); // revision 1 of "v" is outdated
    producer.send(new ProducerRecord<>(Topics.REINFORCED.name(), id(3), null)); // deleted
    producer.commitTransaction();
    producer.beginTransaction();
    send(pair(4, 2, "v", EmbeddingEncoding.BF16), 14);
    producer.flush();
    producer.abortTransaction();

    FilesRun run = run("out", "--shard-pairs", "2");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).contains("other=2", "exporting v");
    Map<String, ShardSample> samples = read("out");
    assertThat(samples.keySet())
        .containsExactlyInAnyOrder(id(1), id(2), id(4), id(6), id(7), id(9));
    assertThat(facts(samples.get(id(2))).revision()).isEqualTo(2);
    assertThat(facts(samples.get(id(4))).revision()).isEqualTo(1);
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "00000000.tar",
              "00000001.tar",
              "00000002.tar",
              "config.json",
              "export.json",
              "manifest.jsonl");
    }
    for (ShardSample sample : samples.values()) {
      ReinforcedSample read = new DatacompDrReader(List.of(2, 2)).read(sample);
      assertThat(read.imageEmbeddings().rows()).isEqualTo(2);
      assertThat(read.imageEmbeddings().row(1)).isEqualTo(bf16(0.8f, -0.6f, 0.8f, -0.6f));
      assertThat(read.captionEmbedding().row(0)).isEqualTo(bf16(0.6f, 0.8f, 0.6f, 0.8f));
      assertThat(read.synthetic().get("syn_text")).containsExactly("one", "two");
    }

    FilesRun some =
        run(
            "some",
            "--from",
            Instant.ofEpochMilli(4).toString(),
            "--to",
            Instant.ofEpochMilli(11).toString(),
            "--split",
            "all",
            "--encoding",
            "npz");
    assertThat(some.code()).as(some.err()).isZero();
    assertThat(read("some").keySet()) // 2 arrived as 2 before from; 8's second revision after to
        .containsExactlyInAnyOrder(id(4), id(5), id(6), id(7), id(8), id(9), id(10));
  }

  @Test
  void theSameLineGoesOnWithTheSameSelection() throws Exception {
    producer.beginTransaction();
    for (int number : List.of(1, 2, 3, 4, 6, 7)) {
      send(pair(number, 1, "v", EmbeddingEncoding.BF16_PACKED), number);
    }
    producer.commitTransaction();
    assertThat(run("out", "--shard-pairs", "2").code()).isZero();
    List<byte[]> before = shards("out");
    Files.delete(folder.resolve("out/00000001.tar"));
    producer.beginTransaction();
    send(pair(8, 1, "v", EmbeddingEncoding.BF16), 8);
    producer.commitTransaction();

    FilesRun again = run("out", "--shard-pairs", "2");

    assertThat(again.code()).as(again.err()).isZero();
    assertThat(shards("out")).usingRecursiveComparison().isEqualTo(before);
    FilesRun other = run("out", "--shard-pairs", "3");
    assertThat(other.code()).isEqualTo(2);
    assertThat(other.err()).contains("name another --out");
  }

  private List<byte[]> shards(String name) throws Exception {
    var shards = new ArrayList<byte[]>();
    for (Path shard : WebDatasetReader.expand(folder.resolve(name) + "/*.tar")) {
      shards.add(Files.readAllBytes(shard));
    }
    return shards;
  }

  private Map<String, ShardSample> read(String name) throws Exception {
    var samples = new LinkedHashMap<String, ShardSample>();
    for (Path shard : WebDatasetReader.expand(folder.resolve(name) + "/*.tar")) {
      try (var reader = new WebDatasetReader(shard)) {
        reader.forEach(sample -> assertThat(samples.put(sample.key(), sample)).isNull());
      }
    }
    return samples;
  }

  private FilesRun run(String out, String... more) {
    var arguments = new ArrayList<String>();
    arguments.addAll(List.of("--out", folder.resolve(out).toString()));
    arguments.addAll(List.of("--home", folder.resolve("home").toString()));
    arguments.addAll(List.of("--kafka", broker.bootstrap()));
    arguments.addAll(List.of("--set", "schemaRegistry.url=" + registry.url()));
    arguments.addAll(Arrays.asList(more));
    return FilesRun.of(new ExportMain(), arguments.toArray(String[]::new));
  }

  private void send(ReinforcedPair pair, long time) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                Topics.REINFORCED.name(),
                null,
                time,
                pair.getPair().getPairId(),
                codec.encode(pair)));
  }

  private static String id(int number) {
    return FilePrograms.pair(number).getPairId();
  }

  private static PairFacts facts(ShardSample sample) {
    return PairFacts.parse(sample.member("json").orElseThrow()).orElseThrow();
  }

  private static float[] bf16(float... values) {
    return EmbeddingEncoding.BF16
        .open(ByteBuffer.wrap(EmbeddingEncoding.BF16.encode(values, values.length)), values.length)
        .values();
  }

  private static ReinforcedPair pair(
      int number, int revision, String version, EmbeddingEncoding encoding) {
    var teachers = new ArrayList<TeacherEmbedding>();
    for (String teacher : List.of("one@a", "two@b")) {
      teachers.add(
          new TeacherEmbedding(
              teacher,
              2,
              encoding.id(),
              ByteBuffer.wrap(encoding.encode(ROWS, 2)),
              ByteBuffer.wrap(encoding.encode(ROWS, 2)),
              ByteBuffer.wrap(encoding.encode(Arrays.copyOf(ROWS, 2), 2))));
    }
    AcceptedPair accepted =
        AcceptedPair.newBuilder(FilePrograms.pair(number)).setRevision(revision).build();
    assertThat(accepted.getSplit()).isEqualTo(number % 5 == 0 ? Split.HOLDOUT : Split.TRAIN);
    return new ReinforcedPair(
        accepted,
        version,
        List.of(
            new SyntheticCaption("one", "captioner@c", "{}"),
            new SyntheticCaption("two", "captioner@c", "{}")),
        List.of("[[4, 4, 30, 30], [[0, 0.0]]]", "[[0, 0, 48, 48], [[0, 0.0]]]"),
        teachers,
        0.5f,
        Instant.EPOCH);
  }
}
