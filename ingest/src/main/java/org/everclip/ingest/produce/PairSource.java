package org.everclip.ingest.produce;

import java.io.IOException;
import java.util.Iterator;

/** A folder, a shard or a list that holds pairs in a fixed order. */
public interface PairSource {

  /** Its absolute path. */
  String id();

  /** Changes when the content changes, so that a position in it is not used for another content. */
  String fingerprint() throws IOException;

  long sizeBytes();

  /** Whether it names pictures that have still to be fetched. */
  default boolean namesUrls() {
    return false;
  }

  /** Opens it at its beginning. */
  Offers open() throws IOException;

  /** The offers of one reading, in order. */
  interface Offers extends Iterator<Offer>, AutoCloseable {

    /** About how much of {@link #sizeBytes} has been read. */
    long readBytes();

    @Override
    void close() throws IOException;
  }
}
