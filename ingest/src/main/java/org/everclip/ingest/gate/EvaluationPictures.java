package org.everclip.ingest.gate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.NormalForm;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Refused;
import org.everclip.formats.image.Thumbnail;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * Fingerprints the pictures of evaluation sets as the gate does it: all shards and picture files
 * under some folders, in the order of their names. For one thread.
 */
public final class EvaluationPictures {

  private static final Set<String> PICTURES = Set.of("jpg", "jpeg", "png", "webp", "gif", "bmp");

  /** Benchmarks have pictures of 8 pixels, and strips. */
  private static final ImageLimits LIMITS =
      new ImageLimits(64 << 20, 30_000, 200_000_000L, 1, 30_000);

  private final ImageDecoder decoder = new ImageDecoder(LIMITS);
  private final int maxStoredSide;
  private final List<EvaluationHashes.Entry> entries = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  public EvaluationPictures(int maxStoredSide) {
    this.maxStoredSide = maxStoredSide;
  }

  public List<EvaluationHashes.Entry> entries() {
    return List.copyOf(entries);
  }

  /** Pictures that could not be read, and why. */
  public List<String> skipped() {
    return List.copyOf(skipped);
  }

  /** Adds a folder, a shard or a picture; names begin with the last name of the path. */
  public void add(Path source) throws IOException {
    Path absolute = source.toAbsolutePath().normalize();
    Path base = absolute.getParent() == null ? absolute : absolute.getParent();
    List<Path> files;
    try (Stream<Path> walk = Files.walk(absolute)) {
      files = walk.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      String name = base.relativize(file).toString();
      String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      if (extension.equals("tar")) {
        shard(file, name);
      } else if (PICTURES.contains(extension)) {
        picture(Files.readAllBytes(file), name);
      }
    }
  }

  private void shard(Path file, String name) throws IOException {
    try (var shard = new WebDatasetReader(file)) {
      for (ShardSample sample : shard) {
        sample.image().ifPresent(bytes -> picture(bytes, name + "/" + sample.key()));
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void picture(byte[] bytes, String name) {
    DecodeResult result = decoder.decode(bytes);
    if (result instanceof Decoded decoded) {
      var image = NormalForm.of(bytes, decoded, maxStoredSide).image();
      entries.add(new EvaluationHashes.Entry(PerceptualHash.of(image), Thumbnail.of(image), name));
    } else if (result instanceof Refused refused) {
      skipped.add(name + ": " + refused.reason() + ", " + refused.detail());
    }
  }
}
