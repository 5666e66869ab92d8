package org.everclip.trainer.publish;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.exchange.ForeignWeights;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.ManifestDraft;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.RegistryException;
import org.everclip.service.ConfigOptions;
import org.everclip.trainer.checkpoint.Folders;
import org.everclip.trainer.offline.ExportedJob;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code everclip registry import}: a checkpoint that a job of {@code train --export-job} has
 * brought back becomes a version, with the job's lineage and the same checks as any other. Nothing
 * in the checkpoint is executed.
 */
@Command(
    name = "registry import",
    mixinStandardHelpOptions = true,
    description = "Publishes the checkpoint of an exported job as a version.")
public final class ImportMain implements Callable<Integer> {

  @Parameters(paramLabel = "JOB", description = "The folder that train --export-job has written.")
  private Path job = Path.of("");

  @Parameters(paramLabel = "CHECKPOINT", description = "open_clip's: .pt or safetensors.")
  private Path checkpoint = Path.of("");

  @Option(names = "--name", paramLabel = "MODEL", description = "Default: trainer.name.")
  private String name = "";

  @Mixin private ConfigOptions options = new ConfigOptions();

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new ImportMain())
            .setExecutionExceptionHandler(
                (problem, command, parsed) -> {
                  if (problem instanceof IOException
                      || problem instanceof RegistryException
                      || problem instanceof VersionWriter.ParityException
                      || problem instanceof IllegalArgumentException) {
                    command
                        .getErr()
                        .println(
                            problem instanceof NoSuchFileException missing
                                ? missing.getFile() + " does not exist"
                                : problem.getMessage());
                    return 1;
                  }
                  throw problem;
                })
            .execute(args));
  }

  @Override
  public Integer call() throws IOException {
    EverclipConfig config = options.load();
    Path work = Files.createTempDirectory("everclip-import");
    try {
      Publication publication = prepare(work, config);
      Path round = VersionWriter.folder(work, publication.round());
      var draft =
          new ManifestDraft(
              publication.initialParent() > 0 ? (Integer) publication.initialParent() : null,
              publication.round(),
              publication.steps(),
              publication.dataCursor(),
              publication.reinforcementVersion(),
              publication.licences(),
              publication.details());
      int version =
          RegistryClient.of(config)
              .publish(
                  publication.model(),
                  round.resolve(VersionWriter.FILES),
                  draft,
                  publication.key());
      System.out.println(publication.model() + "@v" + version);
      return 0;
    } finally {
      Folders.delete(work);
    }
  }

  /** Lays out the version's files, checked, below the folder. */
  Publication prepare(Path work, EverclipConfig config) throws IOException {
    for (Path needed : Stream.of(job.resolve(ExportedJob.FILE), checkpoint).toList()) {
      if (!Files.exists(needed)) {
        throw new NoSuchFileException(needed.toString());
      }
    }
    ExportedJob lineage = ExportedJob.read(job);
    ModelDirectory begin = ModelDirectory.read(job.resolve(ExportedJob.BEGIN));
    String model = name.isEmpty() ? config.trainer().name() : name;
    String sha256 = Sha256.hex(checkpoint);
    var details = new TreeMap<String, Object>(lineage.hyperParameters());
    details.put("architecture", lineage.architecture());
    details.put("method", "open_clip, trained elsewhere");
    details.put("checkpointSha256", sha256);
    details.put("pairs", lineage.pairs());
    details.put("shards", lineage.shards());
    details.put("batch", lineage.batch());
    details.put("teachers", lineage.teachers());
    int parent = lineage.model().equals(model) ? lineage.parent() : 0;
    if (parent == 0 && lineage.parent() > 0) {
      details.put("began", lineage.model() + "@v" + lineage.parent());
    }
    var publication =
        new Publication(
            model,
            "import/" + sha256,
            1,
            lineage.steps(),
            parent,
            Map.copyOf(lineage.dataCursor()),
            lineage.reinforcementVersion(),
            lineage.licences(),
            details);
    var writer =
        new VersionWriter(
            work, begin.tokenizerFile(), begin.preprocessing(), config.registry().organization());
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        ForeignWeights file = ForeignWeights.open(checkpoint);
        Weights weights = file.load(begin.architecture(), scope)) {
      writer.write(publication, begin.architecture(), weights);
    }
    return publication;
  }
}
