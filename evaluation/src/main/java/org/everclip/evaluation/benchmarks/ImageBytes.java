package org.everclip.evaluation.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;

/** Reads pictures for a data set: decodable ones, in one of the formats that its readers know. */
final class ImageBytes {

  private static final Set<String> EXTENSIONS = Set.of("png", "jpg", "jpeg", "webp", "gif");

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  /** Is it named as a picture? */
  static boolean isPicture(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return EXTENSIONS.contains(name.substring(name.lastIndexOf('.') + 1));
  }

  /**
   * The file as it is, or as PNG if it is a GIF.
   *
   * @throws IOException when it cannot be decoded
   */
  byte[] read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    try {
      var image = decoder.decodeAsReference(bytes);
      return bytes.length > 3 && bytes[0] == 'G' && bytes[1] == 'I'
          ? ImageEncoder.png(image)
          : bytes;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is no picture that can be read: " + e.getMessage(), e);
    }
  }
}
