package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.formats.shard.ShardSample;
import org.jspecify.annotations.Nullable;

/**
 * A shard of a reinforced set, with the shard of its pictures and captions where they are apart.
 */
final class ReinforcedShardSource implements PairSource {

  private final Path path;
  private final @Nullable Path originals;
  private final ReinforcedPairs pairs;

  ReinforcedShardSource(Path path, @Nullable Path originals, ReinforcedPairs pairs) {
    this.path = path.toAbsolutePath().normalize();
    this.originals = originals;
    this.pairs = pairs;
  }

  @Override
  public String id() {
    return Sources.REINFORCED + path;
  }

  @Override
  public String fingerprint() throws IOException {
    return fingerprint(path) + (originals == null ? "" : "+" + fingerprint(originals));
  }

  private static String fingerprint(Path file) throws IOException {
    return Files.size(file) + "/" + Files.getLastModifiedTime(file).toMillis();
  }

  @Override
  public long sizeBytes() {
    return path.toFile().length();
  }

  @Override
  public Offers open() throws IOException {
    if (originals == null) {
      return new ShardOffers(path, sample -> pairs.offer(sample, null));
    }
    return new Joined(new Originals(originals));
  }

  private final class Joined implements Offers {

    private final Originals originals;
    private final ShardOffers offers;

    Joined(Originals originals) {
      this.originals = originals;
      this.offers = new ShardOffers(path, this::join);
    }

    private Offer join(ShardSample sample) {
      ShardSample original = originals.take(sample.key());
      return original == null
          ? new Offer.Skipped("no original", sample.key() + " is not among the originals")
          : pairs.offer(sample, original);
    }

    @Override
    public boolean hasNext() {
      return offers.hasNext();
    }

    @Override
    public Offer next() {
      return offers.next();
    }

    @Override
    public long readBytes() {
      return offers.readBytes();
    }

    @Override
    public void close() throws IOException {
      try (originals) {
        offers.close();
      }
    }
  }
}
