package org.everclip.formats.shard;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Patterns that name many shards; numbers missing from a range are tolerated, as in any download.
 */
final class ShardPattern {
  private static final Pattern RANGE = Pattern.compile("\\{(\\d+)\\.\\.(\\d+)}");
  private static final Pattern CHOICE = Pattern.compile("\\{([^{}]*,[^{}]*)}");
  private static final int MAX_NAMES = 1_000_000;

  private ShardPattern() {}

  static List<Path> expand(String pattern) throws IOException {
    List<String> names = new ArrayList<>();
    braces(pattern, names);
    TreeSet<Path> found = new TreeSet<>();
    for (String name : names) {
      if (wild(name)) {
        glob(name, found);
      } else if (Files.isRegularFile(Path.of(name))) {
        found.add(Path.of(name));
      }
    }
    if (found.isEmpty()) {
      throw new java.nio.file.NoSuchFileException(
          pattern, null, "no shard has such a name; expected files like 'data/{00000..00031}.tar'");
    }
    return List.copyOf(found);
  }

  private static boolean wild(String name) {
    return name.contains("*") || name.contains("?") || name.contains("[");
  }

  private static void braces(String pattern, List<String> names) {
    if (names.size() > MAX_NAMES) {
      throw new IllegalArgumentException(
          "the pattern names more than " + MAX_NAMES + " shards: " + pattern);
    }
    Matcher range = RANGE.matcher(pattern);
    if (range.find()) {
      int digits = range.group(1).length();
      long to = Long.parseLong(range.group(2));
      for (long i = Long.parseLong(range.group(1)); i <= to; i++) {
        String number = String.format("%0" + digits + "d", i);
        braces(
            pattern.substring(0, range.start()) + number + pattern.substring(range.end()), names);
      }
      return;
    }
    Matcher choice = CHOICE.matcher(pattern);
    if (choice.find()) {
      for (String option : choice.group(1).split(",", -1)) {
        braces(
            pattern.substring(0, choice.start()) + option + pattern.substring(choice.end()), names);
      }
      return;
    }
    names.add(pattern);
  }

  /** Wildcards in the file name, or in one folder name above it. */
  private static void glob(String pattern, Set<Path> found) throws IOException {
    Path path = Path.of(pattern);
    Path root = path.isAbsolute() ? path.getRoot() : Path.of("");
    List<Path> folders = List.of(root);
    for (int i = 0; i < path.getNameCount(); i++) {
      String part = path.getName(i).toString();
      boolean last = i == path.getNameCount() - 1;
      List<Path> matches = new ArrayList<>();
      for (Path folder : folders) {
        if (!wild(part)) {
          matches.add(folder.resolve(part));
          continue;
        }
        Path listed = folder.toString().isEmpty() ? Path.of(".") : folder;
        if (!Files.isDirectory(listed)) {
          continue;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(listed, part)) {
          entries.forEach(entry -> matches.add(folder.resolve(entry.getFileName())));
        }
      }
      if (last) {
        matches.stream().filter(Files::isRegularFile).forEach(found::add);
      }
      folders = matches;
    }
  }
}
