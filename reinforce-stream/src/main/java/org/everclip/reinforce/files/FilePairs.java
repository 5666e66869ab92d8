package org.everclip.reinforce.files;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.everclip.contracts.PairId;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.SplitRule;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.NormalForm;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Refused;
import org.everclip.formats.shard.ShardSample;
import org.jspecify.annotations.Nullable;

/**
 * Samples of a shard as accepted pairs. Ids are those that {@code everclip ingest} and the gate
 * give the same shard, so that a pair gets the same parameters and captions here and in the stream;
 * the picture is brought into the same normal form. Nothing else of the gate is done: no
 * duplicates, no near-duplicates, and a caption loses nothing but white space. Thread-safe.
 */
final class FilePairs {

  private static final String DEFAULT_SOURCE = "files";
  private static final int MAX_ATTRIBUTE_CHARS = 1000;
  private static final Set<String> OWN =
      Set.of("url", "source", "caption", "text", "sha256", "timestamp", "width", "height", "split");
  private static final JsonMapper JSON = new JsonMapper();

  private final ImageDecoder decoder;
  private final EverclipConfig.Limits limits;
  private final SplitRule splits;
  private final @Nullable String sourceName;

  FilePairs(EverclipConfig config, @Nullable String sourceName) {
    this.limits = config.limits();
    this.decoder =
        new ImageDecoder(
            new ImageLimits(
                limits.maxImageBytes(),
                limits.maxImageSide(),
                limits.maxImagePixels(),
                limits.minImageSide(),
                limits.maxImageAspect()));
    this.splits = new SplitRule(config.gate().holdoutSalt(), config.gate().holdoutShare());
    this.sourceName = sourceName;
  }

  /** The sample cannot be reinforced; the message says why. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Makes a pair.
   *
   * @param number of the sample in its shard
   */
  AcceptedPair pair(ShardSample sample, long number) throws Unusable {
    byte[] image = sample.image().orElseThrow(() -> new Unusable("it has no picture"));
    JsonNode json = json(sample);
    String caption = caption(sample, json);
    DecodeResult result = decoder.decode(image);
    if (result instanceof Refused refused) {
      throw new Unusable("its picture is refused: " + refused.reason() + ", " + refused.detail());
    }
    NormalForm.Result stored = NormalForm.of(image, (Decoded) result, limits.maxStoredSide());
    String sha256 = Sha256.hex(stored.bytes());
    String own = first(json, "source");
    String source = sourceName != null ? sourceName : own != null ? own : DEFAULT_SOURCE;
    String id = first(json, "url", "id", "uid", "key");
    String externalId = id == null ? sample.key() : id;
    return AcceptedPair.newBuilder()
        .setPairId(PairId.of(source, externalId))
        .setRevision(1)
        .setExternalId(externalId)
        .setSource(source)
        .setCaption(caption)
        .setImage(ByteBuffer.wrap(stored.bytes()))
        .setWidth(stored.image().width())
        .setHeight(stored.image().height())
        .setOriginalSha256(Sha256.hex(image))
        .setImageSha256(sha256)
        .setPerceptualHash(PerceptualHash.of(stored.image()))
        .setFirstSeenTime(Instant.EPOCH)
        .setPeriodId("")
        .setSplit(splits.split(sha256, false))
        .setAttributes(attributes(json))
        .setRawPosition(new RawPosition("file", 0, number))
        .build();
  }

  private static JsonNode json(ShardSample sample) throws Unusable {
    try {
      return JSON.readTree(sample.member("json").orElse("{}".getBytes(UTF_8)));
    } catch (IOException e) {
      throw new Unusable("its metadata are not JSON: " + e.getMessage());
    }
  }

  /** What else is said, if it is short and plain. */
  private static Map<String, String> attributes(JsonNode json) {
    var attributes = new HashMap<String, String>();
    json.properties()
        .forEach(
            field -> {
              if (field.getValue().isValueNode()
                  && !field.getValue().isNull()
                  && !OWN.contains(field.getKey())
                  && field.getValue().asText().length() <= MAX_ATTRIBUTE_CHARS) {
                attributes.put(field.getKey(), field.getValue().asText());
              }
            });
    return attributes;
  }

  private static String caption(ShardSample sample, JsonNode json) throws Unusable {
    String caption;
    try {
      byte[] text = sample.member("txt", "caption").orElse(null);
      caption =
          text == null
              ? first(json, "caption", "text")
              : UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new Unusable("its caption is not UTF-8");
    }
    if (caption == null || caption.isBlank()) {
      throw new Unusable("it has no caption");
    }
    return caption.strip().replaceAll("\\s+", " ");
  }

  private static @Nullable String first(JsonNode object, String... names) {
    for (String name : names) {
      JsonNode value = object.path(name);
      if (value.isTextual() && !value.textValue().isEmpty()) {
        return value.textValue();
      }
    }
    return null;
  }
}
