package org.everclip.trainer.round;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * Stored pictures, decoded and centred on a white square, with the least recently used dropped
 * beyond a number of bytes. For one thread.
 */
final class Pictures {

  private final long maxBytes;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
  private final LinkedHashMap<String, RgbImage> cache = new LinkedHashMap<>(256, 0.75f, true);
  private long bytes;

  Pictures(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  RgbImage square(AcceptedPair pair) {
    String key = pair.getPairId() + '/' + pair.getRevision();
    RgbImage known = cache.get(key);
    if (known != null) {
      return known;
    }
    ByteBuffer stored = pair.getImage().duplicate();
    byte[] encoded = new byte[stored.remaining()];
    stored.get(encoded);
    RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(encoded));
    cache.put(key, square);
    bytes += square.pixels().length;
    var eldest = cache.values().iterator();
    while (bytes > maxBytes && eldest.hasNext()) {
      bytes -= eldest.next().pixels().length;
      eldest.remove();
    }
    return square;
  }
}
