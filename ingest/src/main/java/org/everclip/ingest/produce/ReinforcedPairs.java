package org.everclip.ingest.produce;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.Step;
import org.everclip.formats.datacompdr.DatacompDrReader;
import org.everclip.formats.datacompdr.Matrix;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.datacompdr.ReplayPicture;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.jspecify.annotations.Nullable;

/**
 * Makes pairs of samples that are reinforced already. The picture is sent as the reference saw it
 * (not turned upright, transparency ignored), so that the stored crops and magnitudes give its
 * pixels again; crops are moved by the margin of the square that pictures are padded to. Rows are
 * rounded to bfloat16. A sample that this program has exported becomes the pair that it was: same
 * id, picture, attributes, captioners and teachers. Thread-safe.
 */
final class ReinforcedPairs {

  /** What the published captioner of a field is called; how it decoded is not said. */
  private static final String UNKNOWN_DECODING = "{}";

  private final PairFactory pairs;
  private final DatacompDrReader reader;
  private final List<PairFacts.Teacher> teachers;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  ReinforcedPairs(PairFactory pairs, ReinforcedSet set) {
    this.pairs = pairs;
    this.reader = new DatacompDrReader(set.dimensions());
    this.teachers =
        set.teachers().entrySet().stream()
            .map(teacher -> new PairFacts.Teacher(teacher.getKey(), teacher.getValue()))
            .toList();
  }

  /**
   * Makes a pair, or says why there is none.
   *
   * @param original the sample of the same key with picture and caption, where they lie elsewhere
   */
  Offer offer(ShardSample sample, @Nullable ShardSample original) {
    if (!DatacompDrReader.isReinforced(sample)) {
      return new Offer.Skipped(
          "not reinforced", sample.key() + " lacks syn.json, paug.json or npz / pth.gz");
    }
    ShardSample whole = original == null ? sample : original;
    byte[] json = whole.member("json").or(() -> sample.member("json")).orElse(null);
    PairFacts facts;
    ReinforcedSample reinforced;
    try {
      facts = json == null ? null : PairFacts.parse(json).orElse(null);
      reinforced = (facts == null ? reader : reader(facts)).read(sample);
    } catch (IOException | IllegalArgumentException e) {
      return new Offer.Skipped("unusable reinforcement", String.valueOf(e.getMessage()));
    }
    // A set of ours keeps the picture as it was where the shard's is padded.
    byte[] before = facts == null ? null : whole.member(ReplayPicture.ORIGINAL).orElse(null);
    Offer offer =
        pairs.make(
            sample.key(),
            before == null ? whole.image().orElse(null) : before,
            whole.member("txt", "caption").orElse(null),
            json);
    if (!(offer instanceof Offer.Pair pair)) {
      return offer;
    }
    ImageTextPair.Builder builder = ImageTextPair.newBuilder(pair.pair());
    if (facts != null) {
      theSamePair(builder, facts);
    }
    byte[] picture = whole.image().orElse(before == null ? new byte[0] : before);
    if (!(decoder.decode(picture) instanceof Decoded decoded)) {
      // The gate says what is wrong with the picture.
      return new Offer.Pair(builder.setReinforcement(stored(reinforced, facts, 0, 0)).build());
    }
    RgbImage seen = decoder.decodeAsReference(picture);
    String trouble = before == null ? null : otherSquare(before, seen);
    for (Augmentation augmentation : reinforced.augmentations()) {
      trouble = trouble == null ? trouble(augmentation, seen) : trouble;
    }
    if (trouble != null) {
      return new Offer.Skipped("other picture", sample.key() + ": " + trouble);
    }
    boolean kept = decoded.normalized() && Arrays.equals(seen.pixels(), decoded.image().pixels());
    if (before == null && !kept) {
      builder.setImage(ByteBuffer.wrap(ImageEncoder.png(seen)));
    }
    int side = Math.max(seen.width(), seen.height());
    return new Offer.Pair(
        builder
            .setReinforcement(
                stored(reinforced, facts, (side - seen.height()) / 2, (side - seen.width()) / 2))
            .build());
  }

  private static DatacompDrReader reader(PairFacts facts) {
    return new DatacompDrReader(facts.teachers().stream().map(PairFacts.Teacher::dim).toList());
  }

  /** What names the pair and belongs to it, as it was when it was exported. */
  private void theSamePair(ImageTextPair.Builder builder, PairFacts facts) {
    if (facts.externalId() != null) {
      builder.setExternalId(facts.externalId());
    }
    if (pairs.sourceName() == null) {
      builder.setSource(facts.source());
    }
    builder
        .setAttributes(facts.attributes())
        .setEventTime(SampleMetadata.time(facts.eventTime()))
        .setHoldout(builder.getHoldout() || !facts.split().equals("TRAIN"));
  }

  private @Nullable String otherSquare(byte[] before, RgbImage square) {
    return decoder.decode(before) instanceof Decoded decoded
            && Arrays.equals(Preprocessing.padToSquare(decoded.image()).pixels(), square.pixels())
        ? null
        : "its picture is not the one in '" + ReplayPicture.ORIGINAL + "', padded to a square";
  }

  private static @Nullable String trouble(Augmentation augmentation, RgbImage picture) {
    if (augmentation.steps().isEmpty()
        || !(augmentation.steps().get(0) instanceof Step.ResizedCrop crop)) {
      return "expected augmentations that begin with a crop, got " + augmentation.toJson();
    }
    boolean inside =
        crop.top() >= 0
            && crop.left() >= 0
            && (long) crop.top() + crop.height() <= picture.height()
            && (long) crop.left() + crop.width() <= picture.width();
    return inside
        ? null
        : "the crop %s leaves the picture of %d x %d; was it resized when it was downloaded?"
            .formatted(crop, picture.width(), picture.height());
  }

  private StoredReinforcement stored(
      ReinforcedSample sample, @Nullable PairFacts facts, int down, int right) {
    var captions = new ArrayList<SyntheticCaption>();
    var rows = new ArrayList<Matrix>();
    sample
        .synthetic()
        .forEach(
            (captioner, texts) -> {
              texts.forEach(text -> captions.add(caption(text, captioner, facts, captions.size())));
              rows.add(sample.syntheticEmbeddings().get(captioner));
            });
    var embeddings = new ArrayList<TeacherEmbedding>();
    int from = 0;
    for (PairFacts.Teacher teacher : facts == null ? teachers : facts.teachers()) {
      int dim = teacher.dim();
      embeddings.add(
          new TeacherEmbedding(
              teacher.id(),
              dim,
              EmbeddingEncoding.BF16_PACKED.id(),
              columns(List.of(sample.imageEmbeddings()), from, dim),
              columns(rows, from, dim),
              columns(List.of(sample.captionEmbedding()), from, dim)));
      from += dim;
    }
    return StoredReinforcement.newBuilder()
        .setCaptions(captions)
        .setAugmentations(
            sample.augmentations().stream().map(a -> moved(a, down, right).toJson()).toList())
        .setTeacherEmbeddings(embeddings)
        .build();
  }

  private static SyntheticCaption caption(
      String text, String field, @Nullable PairFacts facts, int number) {
    return facts == null || number >= facts.captioners().size()
        ? new SyntheticCaption(text, field, UNKNOWN_DECODING)
        : new SyntheticCaption(text, facts.captioners().get(number), facts.decodings().get(number));
  }

  private static Augmentation moved(Augmentation augmentation, int down, int right) {
    var steps = new ArrayList<Step>(augmentation.steps());
    if (!steps.isEmpty() && steps.get(0) instanceof Step.ResizedCrop crop) {
      steps.set(
          0,
          new Step.ResizedCrop(
              crop.top() + down, crop.left() + right, crop.height(), crop.width()));
    }
    return new Augmentation(steps);
  }

  private static ByteBuffer columns(List<Matrix> matrices, int from, int dim) {
    int rows = matrices.stream().mapToInt(Matrix::rows).sum();
    float[] values = new float[rows * dim];
    int at = 0;
    for (Matrix matrix : matrices) {
      for (int row = 0; row < matrix.rows(); row++, at += dim) {
        System.arraycopy(matrix.values(), row * matrix.columns() + from, values, at, dim);
      }
    }
    return ByteBuffer.wrap(EmbeddingEncoding.BF16_PACKED.encode(values, dim));
  }
}
