package org.everclip.ingest.produce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;

/** A WebDataset shard; a damaged one gives its whole samples, then says that it is damaged. */
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
    return new ShardOffers();
  }

  private final class ShardOffers implements Offers {

    private final @Nullable WebDatasetReader reader;
    private String trouble = "";
    private boolean told;
    private long readBytes;

    ShardOffers() {
      WebDatasetReader opened = null;
      try {
        opened = new WebDatasetReader(path);
      } catch (IOException e) {
        trouble = String.valueOf(e.getMessage());
      }
      reader = opened;
    }

    @Override
    public boolean hasNext() {
      if (reader != null && trouble.isEmpty()) {
        try {
          return reader.hasNext();
        } catch (UncheckedIOException e) {
          trouble = String.valueOf(e.getCause() == null ? e : e.getCause().getMessage());
        }
      }
      return !told;
    }

    @Override
    public Offer next() {
      if (reader == null || !trouble.isEmpty()) {
        told = true;
        return new Offer.Skipped(PairSender.DAMAGED, trouble);
      }
      ShardSample sample = reader.next();
      for (byte[] member : sample.members().values()) {
        readBytes += member.length;
      }
      return pairs.make(
          sample.key(),
          sample.image().orElse(null),
          sample.member("txt", "caption").orElse(null),
          sample.member("json").orElse(null));
    }

    @Override
    public long readBytes() {
      return readBytes;
    }

    @Override
    public void close() throws IOException {
      if (reader != null) {
        reader.close();
      }
    }
  }
}
