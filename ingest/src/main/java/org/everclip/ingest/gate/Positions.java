package org.everclip.ingest.gate;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.everclip.contracts.avro.RawPosition;
import org.jspecify.annotations.Nullable;

/** A raw position as text {@code TOPIC:PARTITION:OFFSET}, the header of records without a value. */
public final class Positions {

  /** Tombstones have no value to hold their raw position, so this header does. */
  public static final String HEADER = "everclip.raw-position";

  private Positions() {}

  public static String text(RawPosition position) {
    return position.getTopic() + ":" + position.getPartition() + ":" + position.getOffset();
  }

  /** The position in the headers, or null where there is none. */
  public static @Nullable RawPosition of(Headers headers) {
    Header header = headers.lastHeader(HEADER);
    if (header == null || header.value() == null) {
      return null;
    }
    String[] parts = new String(header.value(), UTF_8).split(":", -1);
    try {
      return parts.length == 3
          ? new RawPosition(parts[0], Integer.parseInt(parts[1]), Long.parseLong(parts[2]))
          : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  static void put(Headers headers, RawPosition position) {
    headers.add(HEADER, text(position).getBytes(UTF_8));
  }
}
