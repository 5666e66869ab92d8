package org.everclip.ingest.produce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;
import java.util.Map;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.ImageTextPair;
import org.jspecify.annotations.Nullable;

/**
 * Makes pairs from a picture, a caption and metadata that lay side by side. The same files give the
 * same externalId each time, so sending them twice changes nothing.
 *
 * @param sourceName the name of the collection; null: what the metadata say, else {@code files}
 * @param holdout keep the pairs out of training
 */
public record PairFactory(@Nullable String sourceName, boolean holdout) {

  private static final String DEFAULT_SOURCE = "files";

  /**
   * Makes a pair, or says why there is none.
   *
   * @param key names the sample inside its source, and is its id where the metadata give none
   * @param text the caption's bytes; null: the metadata's caption
   * @param json the metadata's bytes, if there are any
   */
  Offer make(String key, byte @Nullable [] image, byte @Nullable [] text, byte @Nullable [] json) {
    if (image == null) {
      return new Offer.Skipped("no picture", key + " has no picture");
    }
    SampleMetadata metadata;
    try {
      metadata = json == null ? SampleMetadata.NONE : SampleMetadata.parse(json);
    } catch (SampleMetadata.Unusable e) {
      return new Offer.Skipped("unusable metadata", key + ": " + e.getMessage());
    }
    String expected = metadata.sha256();
    if (expected != null && !expected.toLowerCase(Locale.ROOT).equals(Sha256.hex(image))) {
      return new Offer.Skipped(
          "wrong checksum", key + ": the picture is not the one whose sha256 the metadata name");
    }
    String caption;
    try {
      caption =
          text == null ? metadata.caption() : UTF_8.newDecoder().decode(ByteBuffer.wrap(text)) + "";
    } catch (CharacterCodingException e) {
      return new Offer.Skipped("caption not UTF-8", key + ": the caption is not UTF-8");
    }
    if (caption == null) {
      return new Offer.Skipped("no caption", key + " has no caption in .txt, .json or a table");
    }
    String id = metadata.id();
    return new Offer.Pair(
        start(metadata.source())
            .setExternalId(id == null ? key : id)
            .setImage(ByteBuffer.wrap(image))
            .setCaption(caption)
            .setEventTime(metadata.eventTime())
            .setAttributes(metadata.attributes())
            .build());
  }

  /** Makes a pair whose picture has still to be fetched. */
  Offer listed(
      String id,
      String url,
      String caption,
      @Nullable String time,
      Map<String, String> attributes) {
    return new Offer.Pair(
        start(attributes.get("source"))
            .setExternalId(id)
            .setUrl(url)
            .setCaption(caption)
            .setEventTime(SampleMetadata.time(time))
            .setAttributes(attributes)
            .build());
  }

  private ImageTextPair.Builder start(@Nullable String from) {
    String source = sourceName == null ? from : sourceName;
    return ImageTextPair.newBuilder()
        .setSource(source == null ? DEFAULT_SOURCE : source)
        .setHoldout(holdout);
  }
}
