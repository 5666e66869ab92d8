package org.everclip.evaluation.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A folder with one sub-folder for each class, in alphabetical order; its name, with blanks for
 * underscores, is the class's name unless names are given.
 *
 * @param names by label, or empty
 */
record FolderConverter(Path source, List<String> names, List<String> templates)
    implements Converter {

  @Override
  public void convert(DatasetWriter writer) throws IOException {
    List<Path> classes = sorted(source, Files::isDirectory);
    if (classes.isEmpty()) {
      throw new IOException(source + " has no sub-folder; expected one for each class");
    }
    if (!names.isEmpty() && names.size() != classes.size()) {
      throw new IOException(
          "%d class names for %d sub-folders of %s"
              .formatted(names.size(), classes.size(), source));
    }
    var images = new ImageBytes();
    var found = new ArrayList<String>();
    for (int label = 0; label < classes.size(); label++) {
      found.add(classes.get(label).getFileName().toString().replace('_', ' '));
      for (Path file : sorted(classes.get(label), ImageBytes::isPicture)) {
        writer.labelled(images.read(file), label, new long[0]);
      }
    }
    writer.prompts(names.isEmpty() ? found : names, templates);
  }

  private static List<Path> sorted(Path folder, Predicate<Path> wanted) throws IOException {
    try (Stream<Path> paths = Files.list(folder)) {
      return paths.filter(wanted).sorted().toList();
    }
  }
}
