package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.everclip.contracts.PairId;
import org.everclip.contracts.Periods;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.SplitRule;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.PairOperation;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.NormalForm;
import org.everclip.formats.image.PerceptualHash;
import org.everclip.formats.image.Reason;
import org.everclip.formats.image.Refused;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.image.Thumbnail;
import org.jspecify.annotations.Nullable;

/**
 * Judges one pair by itself: metadata, caption, picture, contamination; brings it into the form in
 * which it will be accepted. Needs nothing but the settings; thread-safe; never throws for bad
 * input.
 */
public final class Inspector {

  /** Attribute that notes an event time which could not be believed. */
  static final String IMPLAUSIBLE_EVENT_TIME = "everclip.implausibleEventTime";

  private static final int MAX_ID_CHARS = 4096;
  private static final int MAX_SOURCE_CHARS = 256;
  private static final int MAX_ATTRIBUTES_CHARS = 64 << 10;

  private final EverclipConfig.Limits limits;
  private final CaptionRules captions;
  private final ImageDecoder decoder;
  private final Periods periods;
  private final SplitRule splits;
  private final Likeness likeness;
  private final EvaluationHashes evaluation;
  private final ReinforcementRules reinforcements;

  public Inspector(
      EverclipConfig.Limits limits, EverclipConfig.Gate gate, EvaluationHashes evaluation) {
    this.limits = limits;
    this.captions = new CaptionRules(limits);
    this.reinforcements = new ReinforcementRules(captions);
    this.decoder =
        new ImageDecoder(
            new ImageLimits(
                limits.maxImageBytes(),
                limits.maxImageSide(),
                limits.maxImagePixels(),
                limits.minImageSide(),
                limits.maxImageAspect()));
    this.periods = new Periods(gate.periods(), gate.earliestEventTime());
    this.splits = new SplitRule(gate.holdoutSalt(), gate.holdoutShare());
    this.likeness = new Likeness(gate);
    this.evaluation = evaluation;
  }

  /** Judges a pair that was read at a position and arrived at a time. */
  public Inspection inspect(ImageTextPair pair, RawPosition position, Instant arrival) {
    String pairId = PairId.of(pair);
    String source = pair.getSource();
    String metadata = metadataTrouble(pair);
    if (metadata != null) {
      return refused(RejectionReason.METADATA_INVALID, metadata, pairId, source);
    }
    if (pair.getOperation() == PairOperation.DELETE) {
      return new Inspection.Deletion(pairId, source);
    }
    CaptionRules.Outcome caption = captions.check(pair.getCaption());
    if (caption instanceof CaptionRules.Outcome.Bad bad) {
      return refused(bad.reason(), bad.detail(), pairId, source);
    }
    byte[] image = bytes(pair.getImage());
    if (image == null || image.length == 0) {
      return pair.getUrl() == null
          ? refused(RejectionReason.NO_IMAGE, "neither image bytes nor url", pairId, source)
          : refused(
              RejectionReason.URL_NOT_FETCHED,
              "the gate fetches nothing; switch the fetch role on (fetch.enabled), or send the bytes as 'image'",
              pairId,
              source);
    }
    DecodeResult result = decoder.decode(image);
    if (result instanceof Refused refused) {
      return refused(reason(refused.reason()), refused.detail(), pairId, source);
    }
    String text = ((CaptionRules.Outcome.Clean) caption).caption();
    return passed(pair, pairId, text, image, (Decoded) result, position, arrival);
  }

  private Inspection passed(
      ImageTextPair pair,
      String pairId,
      String caption,
      byte[] original,
      Decoded decoded,
      RawPosition position,
      Instant arrival) {
    StoredReinforcement reinforcement = pair.getReinforcement();
    if (reinforcement != null) {
      try {
        reinforcement = fitting(reinforcement, decoded);
      } catch (ReinforcementRules.Misfit e) {
        return refused(
            RejectionReason.METADATA_INVALID,
            String.valueOf(e.getMessage()),
            pairId,
            pair.getSource());
      }
    }
    // The crops of a reinforcement are in pixels, so its picture keeps its size.
    NormalForm.Result stored =
        NormalForm.of(
            original,
            decoded,
            reinforcement == null ? limits.maxStoredSide() : ReinforcementRules.MAX_SIDE);
    byte[] thumbnail = Thumbnail.of(stored.image());
    if (flat(thumbnail, stored.image())) {
      return refused(
          RejectionReason.IMAGE_FLAT,
          "a plain area: its pixels vary by less than " + limits.minImageContrast() + " levels",
          pairId,
          pair.getSource());
    }
    long hash = PerceptualHash.of(stored.image());
    String contaminated = evaluation.match(hash, thumbnail, likeness);
    if (contaminated != null) {
      return refused(
          RejectionReason.CONTAMINATED_EVALUATION,
          "looks like %s of the evaluation pictures %s"
              .formatted(contaminated, evaluation.version()),
          pairId,
          pair.getSource());
    }
    String originalSha256 = Sha256.hex(original);
    String imageSha256 = stored.bytes() == original ? originalSha256 : Sha256.hex(stored.bytes());
    Instant eventTime = pair.getEventTime();
    Map<String, String> attributes = new HashMap<>(pair.getAttributes());
    if (eventTime != null && !periods.plausible(eventTime, arrival)) {
      attributes.put(IMPLAUSIBLE_EVENT_TIME, eventTime.toString());
      eventTime = null;
    }
    return new Inspection.Passed(
        AcceptedPair.newBuilder()
            .setPairId(pairId)
            .setRevision(Known.FIRST_REVISION)
            .setExternalId(pair.getExternalId())
            .setSource(pair.getSource())
            .setCaption(caption)
            .setImage(ByteBuffer.wrap(stored.bytes()))
            .setWidth(stored.image().width())
            .setHeight(stored.image().height())
            .setOriginalSha256(originalSha256)
            .setImageSha256(imageSha256)
            .setPerceptualHash(hash)
            .setFirstSeenTime(arrival)
            .setEventTime(eventTime)
            .setPeriodId(periods.periodId(eventTime, arrival))
            .setSplit(splits.split(imageSha256, pair.getHoldout()))
            .setAttributes(attributes)
            .setRawPosition(position)
            .setReinforcement(reinforcement)
            .build(),
        thumbnail);
  }

  private StoredReinforcement fitting(StoredReinforcement given, Decoded decoded)
      throws ReinforcementRules.Misfit {
    int side = Math.max(decoded.image().width(), decoded.image().height());
    if (!decoded.normalized() || side > ReinforcementRules.MAX_SIDE) {
      throw new ReinforcementRules.Misfit(
          "expected an upright, opaque 8-bit RGB picture of at most %d pixels a side that can be kept as it is, got %d x %d%s"
              .formatted(
                  ReinforcementRules.MAX_SIDE,
                  decoded.image().width(),
                  decoded.image().height(),
                  decoded.normalized() ? "" : " that has to be changed"));
    }
    return reinforcements.check(given, side);
  }

  /** A fine pattern has a plain thumbnail too, so the pixels decide. */
  private boolean flat(byte[] thumbnail, RgbImage image) {
    return Likeness.contrast(thumbnail) < limits.minImageContrast()
        && Likeness.contrast(image.pixels()) < limits.minImageContrast();
  }

  private static @Nullable String metadataTrouble(ImageTextPair pair) {
    String externalId = pair.getExternalId();
    if (externalId != null && externalId.length() > MAX_ID_CHARS) {
      return "externalId has " + externalId.length() + " characters, at most " + MAX_ID_CHARS;
    }
    String source = pair.getSource();
    if (source.isBlank() || source.length() > MAX_SOURCE_CHARS) {
      return "source must have 1 to " + MAX_SOURCE_CHARS + " characters, has " + source.length();
    }
    long chars = 0;
    for (Map.Entry<String, String> attribute : pair.getAttributes().entrySet()) {
      chars += attribute.getKey().length() + (long) attribute.getValue().length();
    }
    return chars > MAX_ATTRIBUTES_CHARS
        ? "attributes have " + chars + " characters, at most " + MAX_ATTRIBUTES_CHARS
        : null;
  }

  private static RejectionReason reason(Reason reason) {
    return switch (reason) {
      case NO_IMAGE -> RejectionReason.NO_IMAGE;
      case UNREADABLE -> RejectionReason.IMAGE_UNREADABLE;
      case TRUNCATED -> RejectionReason.IMAGE_TRUNCATED;
      case TOO_LARGE -> RejectionReason.IMAGE_TOO_LARGE;
      case TOO_SMALL -> RejectionReason.IMAGE_TOO_SMALL;
      case ASPECT -> RejectionReason.IMAGE_ASPECT;
      case FORMAT_UNSUPPORTED -> RejectionReason.IMAGE_FORMAT_UNSUPPORTED;
    };
  }

  private static Inspection refused(
      RejectionReason reason, String detail, String pairId, String source) {
    return new Inspection.Refused(reason, detail, pairId, source);
  }

  static byte @Nullable [] bytes(@Nullable ByteBuffer buffer) {
    if (buffer == null) {
      return null;
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
