package org.everclip.dashboard.view;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.dashboard.feed.StoredPairs;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * The stored pictures, and the crops that the stored parameters draw from them. Drawn crops are
 * kept up to 16 MiB. Thread-safe.
 */
final class Pictures {

  static final int CROP_PIXELS = 96;

  private static final int CACHE_BYTES = 16 << 20;

  /** Bytes and their media type. */
  record Picture(byte[] bytes, String type) {}

  private final StoredPairs pairs;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
  private final Map<String, byte[]> crops = new LinkedHashMap<>(64, 0.75f, true);
  private long cropBytes;

  Pictures(StoredPairs pairs) {
    this.pairs = pairs;
  }

  /** The stored bytes with the type that they really are. */
  Optional<Picture> image(String pairId) {
    return pairs.find(pairId).map(sample -> stored(sample.getPair().getImage()));
  }

  static Picture stored(ByteBuffer buffer) {
    return of(bytes(buffer));
  }

  static Picture of(byte[] bytes) {
    return new Picture(bytes, type(bytes));
  }

  /**
   * What augmentation {@code index} makes of the picture, as PNG.
   *
   * @throws IllegalArgumentException when the stored picture or its parameters cannot be read
   */
  Optional<Picture> crop(String pairId, int index) {
    Optional<ReinforcedPair> found = pairs.find(pairId);
    if (found.isEmpty() || index < 0 || index >= found.get().getAugmentations().size()) {
      return Optional.empty();
    }
    ReinforcedPair sample = found.get();
    String key =
        String.join(
            "/",
            pairId,
            Integer.toString(sample.getPair().getRevision()),
            sample.getReinforcementVersion(),
            Integer.toString(index));
    byte[] known = cached(key);
    if (known == null) {
      known = draw(sample, index);
      cache(key, known);
    }
    return Optional.of(new Picture(known, "image/png"));
  }

  private byte[] draw(ReinforcedPair sample, int index) {
    List<String> parameters = sample.getAugmentations();
    RgbImage square =
        Preprocessing.padToSquare(decoder.decodeTrusted(bytes(sample.getPair().getImage())));
    return ImageEncoder.png(Augmentation.parse(parameters.get(index)).apply(square, CROP_PIXELS));
  }

  @SuppressWarnings("NullAway") // Map.get
  private synchronized byte[] cached(String key) {
    return crops.get(key);
  }

  private synchronized void cache(String key, byte[] png) {
    byte[] before = crops.put(key, png);
    cropBytes += png.length - (before == null ? 0 : before.length);
    var oldest = crops.entrySet().iterator();
    while (cropBytes > CACHE_BYTES && oldest.hasNext()) {
      cropBytes -= oldest.next().getValue().length;
      oldest.remove();
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static String type(byte[] bytes) {
    String head = new String(bytes, 0, Math.min(12, bytes.length), StandardCharsets.ISO_8859_1);
    if (head.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (head.startsWith("\u0089PNG\r\n\u001a\n")) {
      return "image/png";
    }
    if (head.startsWith("GIF8")) {
      return "image/gif";
    }
    if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
      return "image/webp";
    }
    return "application/octet-stream";
  }
}
