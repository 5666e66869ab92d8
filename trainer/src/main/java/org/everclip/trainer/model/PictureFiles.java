package org.everclip.trainer.model;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Refused;
import org.everclip.formats.image.RgbImage;

/** Pictures named on the command line: files, folders, patterns. */
final class PictureFiles {

  private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "webp", "gif");

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  /**
   * Returns the files in the order of the arguments, a folder's and a pattern's by name.
   *
   * @throws NoSuchFileException if an argument names nothing
   */
  static List<Path> expand(List<String> arguments) throws IOException {
    Set<Path> files = new LinkedHashSet<>();
    for (String argument : arguments) {
      Path path = Path.of(argument);
      if (Files.isDirectory(path)) {
        files.addAll(found(path, "*", argument));
      } else if (Files.exists(path)) {
        files.add(path);
      } else if (argument.matches(".*[*?\\[{].*")) {
        Path parent = path.getParent();
        files.addAll(found(parent == null ? Path.of("") : parent, fileName(path), argument));
      } else {
        throw new NoSuchFileException(argument, null, "there is no such picture");
      }
    }
    return List.copyOf(files);
  }

  private static Set<Path> found(Path folder, String pattern, String argument) throws IOException {
    Set<Path> files = new TreeSet<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
        for (Path entry : entries) {
          if (Files.isRegularFile(entry) && isPicture(entry)) {
            files.add(entry);
          }
        }
      }
    }
    if (files.isEmpty()) {
      throw new NoSuchFileException(
          argument, null, "no file ending in " + new TreeSet<>(ENDINGS) + " is there");
    }
    return files;
  }

  private static boolean isPicture(Path file) {
    String name = fileName(file).toLowerCase(Locale.ROOT);
    return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  private static String fileName(Path path) {
    return String.valueOf(path.getFileName());
  }

  /** Decodes a file with the limits of untrusted input. */
  RgbImage read(Path file) throws IOException {
    DecodeResult result = decoder.decode(Files.readAllBytes(file));
    if (result instanceof Refused refused) {
      throw new UnusableException(file + " cannot be used: " + refused.detail());
    }
    return ((Decoded) result).image();
  }

  /** The files, so many at a time. */
  static List<List<Path>> groups(List<Path> files, int size) {
    List<List<Path>> groups = new ArrayList<>();
    for (int from = 0; from < files.size(); from += size) {
      groups.add(files.subList(from, Math.min(files.size(), from + size)));
    }
    return groups;
  }

  /** A file that is no usable picture; the others may be. */
  static final class UnusableException extends IOException {
    private static final long serialVersionUID = 1;

    UnusableException(String message) {
      super(message);
    }
  }
}
