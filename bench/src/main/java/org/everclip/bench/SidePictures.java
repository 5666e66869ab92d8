package org.everclip.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/** Makes many different JPEGs from few pictures. */
final class SidePictures {

  private SidePictures() {}

  /** Variants of the demo's pictures, so many that each is seen once. */
  static void write(Path program, Path folder, int count, int side) throws IOException {
    List<RgbImage> images = new ArrayList<>();
    var decoder = new ImageDecoder(new ImageLimits(4 << 20, 4096, 1 << 24, 1, 100));
    for (Path shard : WebDatasetReader.expand(program + "/demo/train-permissive/*.tar")) {
      try (var samples = new WebDatasetReader(shard)) {
        for (ShardSample sample : samples) {
          if (decoder.decode(sample.image().orElseThrow()) instanceof Decoded decoded) {
            images.add(decoded.image());
          }
        }
      }
    }
    for (int i = 0; i < count; i++) {
      RgbImage first = images.get(i % images.size());
      RgbImage second = images.get((i * 7 + i / images.size() * 31 + 1) % images.size());
      Files.write(
          folder.resolve("%06d.jpg".formatted(i)),
          ImageEncoder.jpeg(beside(first, second, side), 0.9f));
    }
  }

  /** Two pictures side by side: other neighbours make another picture. */
  static RgbImage beside(RgbImage first, RgbImage second, int side) {
    RgbImage both = RgbImage.filled(side, side * 3 / 4, 0xffffff);
    for (int y = 0; y < both.height(); y++) {
      for (int x = 0; x < side; x++) {
        RgbImage from = x < side / 2 ? first : second;
        int fx = (x % (side / 2)) * from.width() / (side / 2);
        int fy = y * from.height() / both.height();
        System.arraycopy(
            from.pixels(), 3 * (fy * from.width() + fx), both.pixels(), 3 * (y * side + x), 3);
      }
    }
    return both;
  }
}
