package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.formats.shard.ShardSample;

/**
 * A WebDataset shard of pictures and captions; a damaged one gives its whole samples, then says
 * that it is damaged.
 */
final class ShardSource implements PairSource {

  private final Path path;
  private final PairFactory pairs;

  ShardSource(Path path, PairFactory pairs) {
    this.path = path.toAbsolutePath().normalize();
    this.pairs = pairs;
  }

  @Override
  public String id() {
    return path.toString();
  }

  @Override
  public String fingerprint() throws IOException {
    return Files.size(path) + "/" + Files.getLastModifiedTime(path).toMillis();
  }

  @Override
  public long sizeBytes() {
    return path.toFile().length();
  }

  @Override
  public Offers open() {
    return new ShardOffers(path, this::offer);
  }

  private Offer offer(ShardSample sample) {
    return pairs.make(
        sample.key(),
        sample.image().orElse(null),
        sample.member("txt", "caption").orElse(null),
        sample.member("json").orElse(null));
  }
}
