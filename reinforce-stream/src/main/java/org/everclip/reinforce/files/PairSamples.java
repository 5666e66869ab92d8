package org.everclip.reinforce.files;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.datacompdr.DatacompDrWriter;
import org.everclip.formats.datacompdr.Matrix;
import org.everclip.formats.datacompdr.PairFacts;
import org.everclip.formats.datacompdr.ReinforcedSample;
import org.everclip.formats.datacompdr.ReplayPicture;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.shard.ShardSample;

/**
 * Reinforced pairs as samples of a DataCompDR shard. The same pair gives the same bytes; neither
 * positions nor times of arrival are in them. Thread-safe.
 */
final class PairSamples {

  private static final String CAPTIONS = "syn_text";

  private final DatacompDrWriter writer;

  PairSamples(DatacompDrWriter writer) {
    this.writer = writer;
  }

  /**
   * The members of a pair.
   *
   * @param key the sample's; without dots
   * @throws IllegalArgumentException when the record is damaged
   */
  ShardSample sample(String key, ReinforcedPair pair) {
    AcceptedPair accepted = pair.getPair();
    byte[] stored = bytes(accepted.getImage());
    ReplayPicture picture =
        ReplayPicture.of(
            stored, pair.getAugmentations().stream().map(Augmentation::parse).toList());
    Map<String, List<Integer>> captions = captions(pair.getCaptions());
    var texts = new LinkedHashMap<String, List<String>>();
    var rows = new LinkedHashMap<String, Matrix>();
    Matrix captionRows = rows(pair, TeacherEmbedding::getCaption, pair.getCaptions().size());
    captions.forEach(
        (name, indices) -> {
          texts.put(name, indices.stream().map(i -> pair.getCaptions().get(i).getText()).toList());
          rows.put(name, take(captionRows, indices));
        });
    var sample =
        new ReinforcedSample(
            key,
            Optional.of(picture.image()),
            Optional.of(accepted.getCaption()),
            Optional.empty(),
            picture.augmentations(),
            texts,
            rows(pair, TeacherEmbedding::getImage, pair.getAugmentations().size()),
            rows(pair, TeacherEmbedding::getText, 1),
            rows,
            Optional.of(facts(pair, captions).json(key, accepted.getImageSha256())));
    ShardSample members = writer.members(sample);
    if (!picture.padded()) {
      return members;
    }
    var all = new LinkedHashMap<>(members.members());
    all.put(ReplayPicture.ORIGINAL, stored);
    return new ShardSample(key, all);
  }

  /** By the name of its field, which captions each captioner wrote. */
  private static Map<String, List<Integer>> captions(List<SyntheticCaption> captions) {
    var captioners = new LinkedHashSet<String>();
    captions.forEach(caption -> captioners.add(caption.getCaptionerId()));
    var fields = new LinkedHashMap<String, List<Integer>>();
    if (captions.isEmpty()) {
      fields.put(CAPTIONS, List.of());
    }
    int number = 0;
    for (String captioner : captioners) {
      var indices = new ArrayList<Integer>();
      for (int i = 0; i < captions.size(); i++) {
        if (captions.get(i).getCaptionerId().equals(captioner)) {
          indices.add(i);
        }
      }
      fields.put(captioners.size() == 1 ? CAPTIONS : CAPTIONS + "_" + number++, indices);
    }
    return fields;
  }

  private static PairFacts facts(ReinforcedPair pair, Map<String, List<Integer>> captions) {
    AcceptedPair accepted = pair.getPair();
    List<SyntheticCaption> ordered =
        captions.values().stream().flatMap(List::stream).map(pair.getCaptions()::get).toList();
    return new PairFacts(
        accepted.getExternalId(),
        accepted.getSource(),
        accepted.getRevision(),
        accepted.getPeriodId(),
        accepted.getSplit().name(),
        accepted.getEventTime() == null ? null : accepted.getEventTime().toString(),
        accepted.getAttributes(),
        pair.getReinforcementVersion(),
        pair.getQualityScore(),
        ordered.stream().map(SyntheticCaption::getCaptionerId).toList(),
        ordered.stream().map(SyntheticCaption::getDecoding).toList(),
        pair.getTeacherEmbeddings().stream()
            .map(teacher -> new PairFacts.Teacher(teacher.getTeacherId(), teacher.getDim()))
            .toList());
  }

  /** One teacher's block beside the other's. */
  private static Matrix rows(
      ReinforcedPair pair, Function<TeacherEmbedding, ByteBuffer> part, int count) {
    int columns = pair.getTeacherEmbeddings().stream().mapToInt(TeacherEmbedding::getDim).sum();
    var all = new float[count * columns];
    int at = 0;
    for (TeacherEmbedding teacher : pair.getTeacherEmbeddings()) {
      var stored =
          EmbeddingEncoding.of(teacher.getEncoding()).open(part.apply(teacher), teacher.getDim());
      if (stored.rows() != count) {
        throw new IllegalArgumentException(
            "pair %s: expected %d rows of %s, got %d"
                .formatted(
                    pair.getPair().getPairId(), count, teacher.getTeacherId(), stored.rows()));
      }
      for (int row = 0; row < count; row++) {
        stored.copy(row, all, row * columns + at);
      }
      at += teacher.getDim();
    }
    return new Matrix(count, columns, all);
  }

  private static Matrix take(Matrix rows, List<Integer> indices) {
    int columns = rows.columns();
    var taken = new float[indices.size() * columns];
    for (int i = 0; i < indices.size(); i++) {
      System.arraycopy(rows.values(), indices.get(i) * columns, taken, i * columns, columns);
    }
    return new Matrix(indices.size(), columns, taken);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    var bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }
}
