package org.everclip.trainer.offline;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.OpenClipExport;
import org.everclip.clip.exchange.OpenClipExport.NotExpressible;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.RegistryNames;
import org.everclip.contracts.registry.VersionDirectory;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.datacompdr.DatacompDrWriter;
import org.everclip.formats.datacompdr.Matrix;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.datacompdr.ReplayPicture;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.embedding.EmbeddingRows;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.trainer.checkpoint.Folders;
import org.everclip.trainer.replay.ReplayStore;

/**
 * Lays out what a cluster with open_clip needs to train on what the trainer has stored: shards in
 * the layout of DataCompDR with pictures, the model to begin with in both layouts, a script with
 * the command line, and where all of it came from. The folder appears as a whole.
 *
 * @param store the folder of the trainer's replay store; the trainer must not be running
 * @param begin the model directory to begin with
 */
record ExportJob(
    Path store,
    Path begin,
    int steps,
    int batch,
    double learningRate,
    int warmup,
    double weightDecay,
    double lambda) {

  private static final int SHARD_PAIRS = 1000;
  private static final String CAPTIONS = "syn_text";

  /** Writes the job; {@code target} must be new or empty. */
  ExportedJob write(Path target) throws IOException {
    if (Files.exists(target) && !Folders.children(target).isEmpty()) {
      throw new IllegalArgumentException(target + " is not empty; name a new folder");
    }
    if (!Files.isDirectory(store)) {
      throw new IllegalArgumentException(
          "--store must be the folder 'store' of a trainer's state, but is " + store);
    }
    Path aside = Folders.aside(target.toAbsolutePath());
    ModelDirectory model = ModelDirectory.read(begin);
    model(model, aside);
    try (ReplayStore pairs = ReplayStore.open(store, 0, Integer.MAX_VALUE)) {
      String version = pairs.largestVersion();
      var shards = new Shards(aside.resolve("shards"));
      pairs.each(version, shards::add);
      shards.close();
      Optional<Manifest> parent = manifest();
      var job =
          new ExportedJob(
              ExportedJob.LAYOUT,
              parent.map(Manifest::model).orElse(""),
              parent.map(Manifest::version).orElse(0),
              model.architecture().name(),
              version,
              shards.teachers,
              shards.dims,
              cursor(pairs),
              pairs.licences(),
              shards.pairs,
              shards.sums,
              steps,
              batch,
              Map.of(
                  "learningRate", learningRate,
                  "warmup", warmup,
                  "weightDecay", weightDecay,
                  "lambda", lambda));
      job.write(aside);
      Path script = aside.resolve("train.sh");
      Files.writeString(script, script(job));
      if (!script.toFile().setExecutable(true)) {
        throw new IOException(script + " cannot be made executable");
      }
      Folders.publish(aside, target.toAbsolutePath());
      return job;
    }
  }

  private void model(ModelDirectory model, Path aside) throws IOException {
    Path ours = Files.createDirectories(aside.resolve(ExportedJob.BEGIN));
    Path theirs = Files.createDirectories(aside.resolve("model"));
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        Weights weights = model.trainWeights(scope)) {
      ModelDirectory.write(
          ours,
          model.architecture(),
          weights,
          model.tokenizerFile(),
          model.preprocessing(),
          model.card());
      if (OpenClipExport.write(
              theirs,
              model.architecture(),
              weights,
              model.tokenizer(),
              model.preprocessing(),
              "local-dir:model")
          instanceof NotExpressible no) {
        throw new IllegalArgumentException("open_clip cannot train this model: " + no.reason());
      }
    }
  }

  private Optional<Manifest> manifest() {
    return Files.exists(begin.resolve(RegistryNames.MANIFEST_FILE))
        ? Optional.of(new VersionDirectory(begin).manifest().manifest())
        : Optional.empty();
  }

  private static SortedMap<String, Long> cursor(ReplayStore pairs) {
    var cursor = new TreeMap<String, Long>();
    pairs
        .offsets()
        .forEach(
            (partition, offset) -> cursor.put(Topics.REINFORCED.name() + "/" + partition, offset));
    return cursor;
  }

  private String script(ExportedJob job) {
    int last = job.shards().size() - 1;
    String teachers = String.join(" ", job.teacherDims().stream().map(String::valueOf).toList());
    return """
    #!/bin/sh
    # Trains %1$s on %2$d pairs (reinforcement %3$s) with open_clip 3: sh train.sh
    # GPUS and NODES say how many; with several nodes set NODE_RANK and MASTER_ADDR on each.
    # REINFORCED=1 adds the teachers' rows; that needs the open_clip that ml-mobileclip's training folder patches,
    # whose main module MAIN names, and for REINFORCED_CONFIG its description of the shards.
    # Afterwards: everclip registry import FOLDER_OF_THIS_SCRIPT CHECKPOINT.pt --name MODEL
    set -eu
    cd "$(dirname "$0")"
    gpus=${GPUS:-8}
    nodes=${NODES:-1}
    reinforced=
    if [ -n "${REINFORCED:-}" ]; then
      reinforced="--dataset-reinforcement --dataset-reinforcement-config ${REINFORCED_CONFIG:?names its JSON} \\
        --distill-logit-scale ${LOGIT_SCALES:?one for each teacher} --distill-loss-weights %4$s %5$s \\
        --distill-teacher-dimension %6$s --distill-average-after-softmax"
    fi
    # shellcheck disable=SC2086
    exec torchrun --nproc_per_node "$gpus" --nnodes "$nodes" --node_rank "${NODE_RANK:-0}" \\
      --master_addr "${MASTER_ADDR:-127.0.0.1}" --master_port "${MASTER_PORT:-29500}" \\
      -m "${MAIN:-open_clip_train.main}" \\
      --model local-dir:model \\
      --train-data 'shards/{000000..%7$06d}.tar' --dataset-type webdataset --dataset-resampled \\
      --train-num-samples %8$d --epochs 1 --batch-size "$((%9$d / (gpus * nodes)))" \\
      --lr %10$s --beta1 0.9 --beta2 0.98 --eps 1e-6 --wd %11$s --warmup %12$d --grad-clip-norm 1.0 \\
      --precision "${PRECISION:-amp_bf16}" --workers "${WORKERS:-4}" --seed 0 \\
      --local-loss --gather-with-grad --save-frequency 1 --name everclip $reinforced "$@"
    """
        .formatted(
            job.architecture(),
            job.pairs(),
            job.reinforcementVersion(),
            1 - lambda,
            lambda,
            teachers,
            last,
            (long) steps * batch,
            batch,
            learningRate,
            weightDecay,
            warmup);
  }

  /** Shards that fill one after another. */
  private static final class Shards {

    private final Path folder;
    private final DatacompDrWriter format = new DatacompDrWriter(DatacompDrWriter.Encoding.PTH_GZ);
    private final SortedMap<String, String> sums = new TreeMap<>();
    private final List<String> teachers = new ArrayList<>();
    private final List<Integer> dims = new ArrayList<>();
    private Optional<WebDatasetWriter> writer = Optional.empty();
    private int pairs;

    Shards(Path folder) throws IOException {
      this.folder = Files.createDirectories(folder);
    }

    void add(ReinforcedPair pair) {
      try {
        if (pairs % SHARD_PAIRS == 0) {
          close();
          writer = Optional.of(new WebDatasetWriter(folder.resolve(name())));
        }
        if (pairs == 0) {
          for (TeacherEmbedding teacher : pair.getTeacherEmbeddings()) {
            teachers.add(teacher.getTeacherId());
            dims.add(teacher.getDim());
          }
        }
        writer.orElseThrow().write(format.members(sample(pair)));
        pairs++;
      } catch (IOException e) {
        throw new UncheckedIOException("cannot write the shards in " + folder, e);
      }
    }

    private String name() {
      return "%06d.tar".formatted(pairs / SHARD_PAIRS);
    }

    void close() throws IOException {
      if (writer.isPresent()) {
        writer.get().close();
        writer = Optional.empty();
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.toList()) {
            sums.putIfAbsent(String.valueOf(file.getFileName()), Sha256.hex(file));
          }
        }
      }
    }
  }

  private static ReinforcedSample sample(ReinforcedPair pair) {
    var accepted = pair.getPair();
    int captions = pair.getCaptions().size();
    ReplayPicture picture =
        ReplayPicture.of(
            bytes(accepted.getImage()),
            pair.getAugmentations().stream().map(Augmentation::parse).toList());
    return new ReinforcedSample(
        accepted.getPairId(),
        Optional.of(picture.image()),
        Optional.of(accepted.getCaption()),
        Optional.empty(),
        picture.augmentations(),
        Map.of(CAPTIONS, pair.getCaptions().stream().map(SyntheticCaption::getText).toList()),
        rows(pair, TeacherEmbedding::getImage, pair.getAugmentations().size()),
        rows(pair, TeacherEmbedding::getText, 1),
        Map.of(CAPTIONS, rows(pair, TeacherEmbedding::getCaption, captions)),
        Optional.of(
            CanonicalJson.text(
                Map.of(
                    "pairId", accepted.getPairId(),
                    "period", accepted.getPeriodId(),
                    "source", accepted.getSource(),
                    "attributes", accepted.getAttributes()))));
  }

  /** One teacher's block beside the other's. */
  private static Matrix rows(
      ReinforcedPair pair,
      java.util.function.Function<TeacherEmbedding, ByteBuffer> part,
      int count) {
    int columns = pair.getTeacherEmbeddings().stream().mapToInt(TeacherEmbedding::getDim).sum();
    float[] all = new float[count * columns];
    int at = 0;
    for (TeacherEmbedding teacher : pair.getTeacherEmbeddings()) {
      int dim = teacher.getDim();
      EmbeddingRows stored =
          EmbeddingEncoding.of(teacher.getEncoding()).open(part.apply(teacher), dim);
      for (int row = 0; row < count; row++) {
        stored.copy(row, all, row * columns + at);
      }
      at += dim;
    }
    return new Matrix(count, columns, all);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
