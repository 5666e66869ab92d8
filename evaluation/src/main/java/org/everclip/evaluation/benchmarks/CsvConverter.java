package org.everclip.evaluation.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.everclip.evaluation.task.LocalTask;
import org.everclip.evaluation.task.Scoring.Grouping;
import org.jspecify.annotations.Nullable;

/**
 * A table of picture files with their labels, or with their captions (retrieval; rows of the same
 * picture go together). Labels are class names, sorted, or numbers into given names. Further
 * columns may become groups whose accuracies, and the worst of them, are measured.
 *
 * @param names by label, or empty
 */
record CsvConverter(
    Path source, Columns columns, List<String> names, List<String> templates, LocalTask task)
    implements Converter {

  /**
   * Which columns mean what.
   *
   * @param image path of the picture, relative to the table
   * @param label null in a table of captions
   * @param caption null in a table of labels
   */
  record Columns(
      String image, @Nullable String label, @Nullable String caption, List<String> groups) {}

  @Override
  public void convert(DatasetWriter writer) throws IOException {
    CsvTable table = CsvTable.read(source);
    if (columns.caption != null) {
      captioned(table, columns.caption, writer);
    } else if (columns.label != null) {
      labelled(table, columns.label, writer);
    } else {
      throw new IOException("which column has the labels, or the captions?");
    }
  }

  private void captioned(CsvTable table, String caption, DatasetWriter writer) throws IOException {
    Map<String, List<String>> byImage = new LinkedHashMap<>();
    for (List<String> row : table.rows()) {
      byImage
          .computeIfAbsent(table.get(row, columns.image), image -> new ArrayList<>())
          .add(table.get(row, caption));
    }
    var images = new ImageBytes();
    for (var entry : byImage.entrySet()) {
      writer.captioned(images.read(source.resolveSibling(entry.getKey())), entry.getValue());
    }
    writer.kind("retrieval");
    writer.describe(task);
  }

  private void labelled(CsvTable table, String label, DatasetWriter writer) throws IOException {
    List<String> classes = names.isEmpty() ? distinct(table, label) : names;
    var values = new ArrayList<List<String>>();
    for (String group : columns.groups) {
      values.add(distinct(table, group));
    }
    var images = new ImageBytes();
    for (List<String> row : table.rows()) {
      long[] metadata = new long[values.size()];
      for (int g = 0; g < metadata.length; g++) {
        metadata[g] = values.get(g).indexOf(table.get(row, columns.groups.get(g)));
      }
      Path picture = source.resolveSibling(table.get(row, columns.image));
      writer.labelled(images.read(picture), index(classes, table.get(row, label)), metadata);
    }
    writer.prompts(classes, templates);
    writer.describe(withGroups());
  }

  private int index(List<String> classes, String label) throws IOException {
    int index = classes.indexOf(label);
    if (index < 0 && label.matches("[0-9]{1,9}")) {
      index = Integer.parseInt(label);
    }
    if (index < 0 || index >= classes.size()) {
      throw new IOException(
          "label '%s' of %s is none of %d classes".formatted(label, source, classes.size()));
    }
    return index;
  }

  private LocalTask withGroups() {
    var groups = new ArrayList<Grouping>();
    for (int g = 0; g < columns.groups.size(); g++) {
      String field = columns.groups.get(g);
      groups.add(new Grouping(field, g, 1, "acc_worst_" + field));
    }
    return new LocalTask(
        task.name(),
        task.mainMetric(),
        columns.groups.isEmpty() ? null : columns.groups,
        groups.isEmpty() ? null : groups);
  }

  private static List<String> distinct(CsvTable table, String column) throws IOException {
    var values = new TreeSet<String>();
    for (List<String> row : table.rows()) {
      values.add(table.get(row, column));
    }
    return List.copyOf(values);
  }
}
