package org.everclip.ingest.produce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;

/**
 * The samples of a shard, in their order, made into offers. A damaged shard gives its whole
 * samples, then says that it is damaged. For one thread.
 */
final class ShardOffers implements PairSource.Offers {

  private final @Nullable WebDatasetReader reader;
  private final Function<ShardSample, Offer> make;
  private String trouble = "";
  private boolean told;
  private long readBytes;

  ShardOffers(Path path, Function<ShardSample, Offer> make) {
    this.make = make;
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
    return make.apply(sample);
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
