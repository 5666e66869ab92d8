package org.everclip.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.trainer.Pairs;
import org.everclip.trainer.Settings;
import org.everclip.trainer.offline.ExportedJob;
import org.everclip.trainer.offline.TrainMain;
import org.everclip.trainer.replay.Arrival;
import org.everclip.trainer.replay.ReplayStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** A job leaves for another cluster and comes back. */
class ImportMainTest {

  private static final int PAIRS = 12;

  @TempDir private Path folder;
  private Path begin;

  @BeforeEach
  void store() throws Exception {
    begin = folder.resolve("begin");
    Architecture nano = Architecture.named("mobileclip-nano");
    var vit =
        new Architecture(
            "vit",
            Family.CLIP,
            Naming.OPEN_CLIP,
            16,
            32,
            null,
            null,
            new Architecture.VisionTransformer(8, 32, 1, 1, 0, 0),
            new Text(12, 560, 16, 2, 1, true, false, nano.text().activation()),
            null);
    Path tokenizer = folder.resolve("tokenizer.json");
    Tokenizers.write(
        Tokenizers.train(
            IntStream.range(0, 30).mapToObj(i -> "picture " + i + " of a colour").toList(), 560),
        tokenizer);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Weights weights =
            Weights.initialize(Networks.create(vit, Precision.FP32, Form.TRAIN), manager, 3)) {
      ModelDirectory.write(
          begin, vit, weights, tokenizer, Preprocessing.openAi(32), Map.of("name", "vit"));
    }
    try (var store = ReplayStore.open(folder.resolve("store"), 1, 100)) {
      store.take(Pairs.arrivals(0, PAIRS, "2024"), Map.of(0, 12L));
      var other = Pairs.pair(50, 1, "2024", Split.TRAIN, "another version");
      store.take(List.of(new Arrival(Pairs.id(50), other, 0, 12)), Map.of(0, 13L));
    }
  }

  @Test
  void aJobHoldsThePairsAsTheyAreStored() throws Exception {
    Path job = export();

    var samples = new ArrayList<ReinforcedSample>();
    var reader = new DatacompDrReader(List.of(8, 8));
    try (var shard = new WebDatasetReader(job.resolve("shards/000000.tar"))) {
      for (ShardSample sample : shard) {
        assertThat(sample.image()).isPresent();
        samples.add(reader.read(sample));
      }
    }
    assertThat(samples).hasSize(PAIRS);
    ReinforcedPair first = Pairs.pair(0);
    ReinforcedSample stored =
        samples.stream().filter(s -> s.key().equals(Pairs.id(0))).findFirst().orElseThrow();
    assertThat(stored.caption()).contains(first.getPair().getCaption());
    assertThat(stored.augmentations()).hasSize(2);
    assertThat(stored.imageEmbeddings().columns()).isEqualTo(16);
    assertThat(Files.readString(job.resolve("train.sh")))
        .contains("--train-data 'shards/{000000..000000}.tar'", "--train-num-samples 80 ")
        .contains("--distill-teacher-dimension 8 8", "local-dir:model");
    assertThat(job.resolve("model/open_clip_config.json")).exists();
  }

  @Test
  void whatComesBackHasTheJobsLineage() throws Exception {
    Path job = export();
    Path work = folder.resolve("work");
    Path checkpoint = job.resolve("model/open_clip_model.safetensors");
    var imported = new ImportMain();
    new CommandLine(imported).parseArgs(job.toString(), checkpoint.toString(), "--name", "student");

    Publication publication = imported.prepare(work, Settings.of(folder));

    assertThat(publication.model()).isEqualTo("student");
    assertThat(publication.steps()).isEqualTo(10);
    assertThat(publication.reinforcementVersion()).isEqualTo(Pairs.VERSION);
    assertThat(publication.dataCursor()).containsExactly(Map.entry("pairs.reinforced/0", 13L));
    assertThat(publication.licences()).containsExactly("CC-BY-4.0", "CC0-1.0");
    assertThat(publication.details()).containsKeys("checkpointSha256", "shards", "learningRate");
    Path version = VersionWriter.folder(work, 1).resolve(VersionWriter.FILES);
    float[] before = embedding(begin);
    float[] after = embedding(version);
    for (int i = 0; i < before.length; i++) {
      assertThat(after[i]).isCloseTo(before[i], within(1e-5f));
    }
  }

  @Test
  void whatIsMissingIsNamed() throws IOException {
    var err = new java.io.StringWriter();
    int code =
        new CommandLine(new TrainMain())
            .setErr(new java.io.PrintWriter(err, true))
            .execute("--export-job", folder.resolve("job").toString(), "--steps", "5");

    assertThat(code).isEqualTo(2);
    assertThat(err.toString()).contains("--store").contains("--from");
    assertThat(folder.resolve("job")).doesNotExist();
  }

  private Path export() {
    Path job = folder.resolve("job");
    int code =
        new CommandLine(new TrainMain())
            .execute(
                "--export-job",
                job.toString(),
                "--store",
                folder.resolve("store").toString(),
                "--from",
                begin.toString(),
                "--steps",
                "10",
                "--batch",
                "8");
    assertThat(code).isZero();
    assertThat(job.resolve(ExportedJob.FILE)).exists();
    return job;
  }

  private static float[] embedding(Path directory) throws IOException {
    try (ClipModel model = ClipModel.load(directory, Precision.FP32)) {
      return model.encodeTexts(List.of("picture 3 of a colour"))[0];
    }
  }
}
