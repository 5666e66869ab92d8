package org.everclip.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/** Picture files and texts that two programs are given alike. */
final class ProofPictures {

  static final List<String> TEXTS =
      List.of(
          "a photo of a dog.",
          "",
          "It's 3 o'clock &amp; TEA   time!",
          "naïve café, 100% — “quoted” snow ☃",
          "a very long caption of a red house and a blue boat by the sea, ".repeat(12));

  private static final int FROM_SHARD = 4;

  private ProofPictures() {}

  /**
   * Writes some of the demo's pictures and generated ones, wide and tall. None is more than twice
   * as tall as wide: Pillow from 13.0 scales such pictures in another order than before, and rounds
   * differently.
   */
  static List<Path> write(Path program, Path folder) throws IOException {
    List<Path> files = new ArrayList<>();
    Path shard = program.resolve("demo/val-permissive/000000.tar");
    try (WebDatasetReader reader = new WebDatasetReader(shard)) {
      for (ShardSample sample : reader) {
        byte[] jpeg = sample.members().get("jpg");
        if (jpeg != null && files.size() < FROM_SHARD) {
          files.add(Files.write(folder.resolve(files.size() + ".jpg"), jpeg));
        }
      }
    }
    RgbImage pattern = pattern(333, 217);
    files.add(Files.write(folder.resolve("wide.jpg"), ImageEncoder.jpeg(pattern, 0.9f)));
    files.add(Files.write(folder.resolve("tall.png"), ImageEncoder.png(pattern(150, 201))));
    return files;
  }

  static RgbImage read(Path file) throws IOException {
    DecodeResult result = new ImageDecoder(ImageLimits.defaults()).decode(Files.readAllBytes(file));
    if (!(result instanceof Decoded decoded)) {
      throw new IOException(file + ": " + result);
    }
    return decoded.image();
  }

  private static RgbImage pattern(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < pixels.length; i++) {
      int x = i / 3 % width;
      int y = i / 3 / width;
      pixels[i] = (byte) (x * (i % 3 + 1) + y * 2 + ((x / 20 + y / 30) % 2) * 90);
    }
    return new RgbImage(width, height, pixels);
  }

  static void delete(Path folder) throws IOException {
    try (Stream<Path> entries = Files.walk(folder)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }
}
