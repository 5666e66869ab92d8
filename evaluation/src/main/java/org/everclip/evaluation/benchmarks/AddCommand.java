package org.everclip.evaluation.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.everclip.evaluation.task.CatalogueEntry;
import org.everclip.evaluation.task.LocalTask;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Converts a data set into the standard layout. */
@Command(
    name = "add",
    mixinStandardHelpOptions = true,
    description = {
      "Converts a data set into the standard layout, as one of your own or as one of the 38.",
      "",
      "  benchmarks add pets_of_ours --folder photos/ --to benchmarks/ --template 'a photo of"
          + " {c}.'",
      "  benchmarks add products --csv list.csv --image file --label kind --group country --to …",
      "  benchmarks add captions --csv list.csv --image file --caption text --to benchmarks/",
      "  benchmarks add mnist --idx t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz …"
    })
public final class AddCommand implements Callable<Integer> {

  private static final String PLAIN_PROMPT = "a photo of a {c}.";

  @Parameters(
      paramLabel = "NAME",
      description = "Name of the new data set, or the key of a published one, e.g. vtab/eurosat.")
  private String name = "";

  @Option(
      names = "--to",
      required = true,
      paramLabel = "DIR",
      description = "Folder of data sets; is made if it is not there.")
  private Path to = Path.of("");

  @Option(names = "--folder", paramLabel = "DIR", description = "One sub-folder for each class.")
  private @Nullable Path folder;

  @Option(names = "--csv", paramLabel = "FILE", description = "A table (.csv or .tsv) of pictures.")
  private @Nullable Path csv;

  @Option(names = "--idx", paramLabel = "FILE", description = "Pictures as in MNIST.")
  private @Nullable Path idx;

  @Option(names = "--labels", paramLabel = "FILE", description = "The labels of --idx.")
  private @Nullable Path labels;

  @Option(names = "--image", paramLabel = "COLUMN", description = "Column of the picture's path.")
  private String image = "image";

  @Option(names = "--label", paramLabel = "COLUMN", description = "Column of the class.")
  private @Nullable String label;

  @Option(names = "--caption", paramLabel = "COLUMN", description = "Column of the caption.")
  private @Nullable String caption;

  @Option(
      names = "--group",
      paramLabel = "COLUMN",
      description = "Columns whose values' accuracies are measured, and the worst of them.")
  private List<String> groups = new ArrayList<>();

  @Option(names = "--classes", paramLabel = "FILE", description = "Class names, one a line.")
  private @Nullable Path classes;

  @Option(
      names = "--template",
      paramLabel = "PROMPT",
      description = "A prompt with {c} for the class name; may be given several times.")
  private List<String> templates = new ArrayList<>();

  @Option(names = "--metric", paramLabel = "NAME", description = "Main metric, e.g. acc1.")
  private @Nullable String metric;

  @Override
  public Integer call() throws IOException {
    Converter converter = converter();
    Files.createDirectories(to);
    Path target = to.resolve(folderName());
    try (var writer = new DatasetWriter(target)) {
      converter.convert(writer);
      writer.publish();
      System.err.printf(Locale.ROOT, "%s: %d pictures%n", target, writer.samples());
    }
    return 0;
  }

  private String folderName() {
    return Stream.concat(
            TaskCatalogue.published().stream(), TaskCatalogue.furtherPublished().stream())
        .filter(entry -> entry.key().equals(name))
        .map(CatalogueEntry::folder)
        .findFirst()
        .orElseGet(
            () -> {
              if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
                throw new ConfigException(
                    "a name has letters, digits, '_', '-' and '.', not '" + name + "'");
              }
              return name;
            });
  }

  private Converter converter() throws IOException {
    long sources = Stream.of(folder, csv, idx).filter(source -> source != null).count();
    if (sources != 1) {
      throw new ConfigException("give one of --folder, --csv and --idx");
    }
    List<String> names = classes == null ? List.of() : Files.readAllLines(classes);
    List<String> prompts = templates.isEmpty() ? List.of(PLAIN_PROMPT) : templates;
    for (String prompt : prompts) {
      if (!prompt.contains("{c}")) {
        throw new ConfigException("the prompt '" + prompt + "' has no {c} for the class name");
      }
    }
    if (folder != null) {
      return new FolderConverter(folder, names, prompts);
    }
    if (csv != null) {
      var task = new LocalTask(null, metric, null, null);
      var columns = new CsvConverter.Columns(image, label, caption, groups);
      return new CsvConverter(csv, columns, names, prompts, task);
    }
    if (idx == null || labels == null) {
      throw new ConfigException("--idx wants --labels");
    }
    return new IdxConverter(idx, labels, names, prompts);
  }
}
