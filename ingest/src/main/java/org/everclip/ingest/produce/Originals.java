package org.everclip.ingest.produce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;

/**
 * The shard that holds the pictures and captions of a shard without them. Both are read once, side
 * by side; samples may be missing on either side. What lies in another order is held meanwhile, up
 * to a limit. For one thread.
 */
final class Originals implements AutoCloseable {

  private static final long MAX_HELD_BYTES = 128L << 20;

  private final Path path;
  private final Set<String> missed = new HashSet<>();
  private final Map<String, ShardSample> held = new HashMap<>();
  private final Set<String> keys = new HashSet<>();
  private final WebDatasetReader reader;
  private long heldBytes;

  Originals(Path path) throws IOException {
    this.path = path;
    try (var all = new WebDatasetReader(path)) {
      all.forEach(sample -> keys.add(sample.key()));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    reader = new WebDatasetReader(path);
  }

  /** The sample of a key; null if there is none. */
  @Nullable ShardSample take(String key) {
    ShardSample found = held.remove(key);
    if (found != null) {
      heldBytes -= bytes(found);
      return found;
    }
    if (!keys.contains(key) || missed.contains(key)) {
      return null;
    }
    while (reader.hasNext()) {
      ShardSample next = reader.next();
      if (next.key().equals(key)) {
        return next;
      }
      held.put(next.key(), next);
      heldBytes += bytes(next);
      if (heldBytes > MAX_HELD_BYTES) {
        String trouble =
            path
                + ": expected the originals in about the order of the reinforced samples; "
                + (heldBytes >> 20)
                + " MB lie before "
                + key;
        throw new UncheckedIOException(trouble, new IOException(trouble));
      }
    }
    missed.add(key);
    return null;
  }

  private static long bytes(ShardSample sample) {
    return sample.members().values().stream().mapToLong(member -> member.length).sum();
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
