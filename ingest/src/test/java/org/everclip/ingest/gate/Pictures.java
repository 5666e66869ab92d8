package org.everclip.ingest.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/** Pictures for tests: seeded drawings, and files of the hostile corpus. */
public final class Pictures {

  private Pictures() {}

  /** A PNG of coloured rectangles; other seeds give pictures that nobody takes for this one. */
  public static byte[] drawing(long seed) {
    return ImageEncoder.png(pixels(seed));
  }

  /** The drawing under a little more light: not the same bytes, but the same picture. */
  public static byte[] brighter(long seed) {
    RgbImage image = pixels(seed);
    for (int i = 0; i < image.pixels().length; i++) {
      image.pixels()[i] = (byte) Math.min(255, (image.pixels()[i] & 0xff) + 2);
    }
    return ImageEncoder.png(image);
  }

  static RgbImage pixels(long seed) {
    var random = new SplittableRandom(seed);
    RgbImage image = RgbImage.filled(64, 64, random.nextInt(1 << 24));
    for (int i = 0; i < 12; i++) {
      int colour = random.nextInt(1 << 24);
      int left = random.nextInt(56);
      int top = random.nextInt(56);
      int right = Math.min(64, left + 8 + random.nextInt(28));
      int bottom = Math.min(64, top + 8 + random.nextInt(28));
      for (int y = top; y < bottom; y++) {
        for (int x = left; x < right; x++) {
          int at = 3 * (64 * y + x);
          image.pixels()[at] = (byte) (colour >> 16);
          image.pixels()[at + 1] = (byte) (colour >> 8);
          image.pixels()[at + 2] = (byte) colour;
        }
      }
    }
    return image;
  }

  /** A file of the hostile corpus; pictures and shards are those of the formats module. */
  public static byte[] hostile(String file) {
    try {
      return Files.readAllBytes(hostileFile(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the file of the corpus lies. */
  public static Path hostileFile(String file) {
    Path own = Path.of("src", "test", "resources", "hostile", file);
    Path formats =
        Path.of(System.getProperty("everclip.project", ".."))
            .resolve(Path.of("formats", "src", "test", "resources", "hostile", file));
    return Files.exists(own) ? own : formats;
  }
}
