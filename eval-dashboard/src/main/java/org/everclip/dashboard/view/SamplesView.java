package org.everclip.dashboard.view;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.RejectedPair;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.dashboard.feed.ReadModel;
import org.jspecify.annotations.Nullable;

/** The newest pairs: what came in, what the models made of it, and what was refused. */
final class SamplesView {

  private static final int HEAD_CHARS = 200;

  /** A synthetic caption and the teachers' mean cosine with the picture. */
  record Caption(String text, String captioner, String decoding, @Nullable Double similarity) {}

  /** What a teacher stored, and its cosine of the real caption with the picture. */
  record Teacher(String id, int dim, String encoding, @Nullable Double similarity) {}

  record Sample(
      String pairId,
      int revision,
      String source,
      String period,
      String split,
      int width,
      int height,
      String caption,
      @Nullable Double captionSimilarity,
      List<Caption> synthetic,
      int crops,
      List<Teacher> teachers,
      double qualityScore,
      String reinforcementVersion,
      Map<String, String> attributes,
      String rawPosition,
      Instant time) {}

  record Rejection(
      String position,
      String reason,
      String stage,
      String detail,
      @Nullable String pairId,
      @Nullable String source,
      @Nullable String duplicateOf,
      long sizeBytes,
      String head,
      Instant time) {}

  /**
   * A page of samples.
   *
   * @param kept how many are kept for browsing at all
   * @param matching how many of them fit the filters
   * @param choices values to filter by, with how many of the kept ones have them
   */
  record Page<T>(
      String kind,
      int kept,
      int matching,
      List<T> items,
      Map<String, Map<String, Integer>> choices) {}

  private final ReadModel model;

  SamplesView(ReadModel model) {
    this.model = model;
  }

  Page<Sample> reinforced(
      @Nullable String source,
      @Nullable String period,
      @Nullable String split,
      int offset,
      int limit) {
    List<ReinforcedPair> all = model.samples();
    Predicate<ReinforcedPair> wanted =
        sample ->
            is(source, sample.getPair().getSource())
                && is(period, sample.getPair().getPeriodId())
                && is(split, sample.getPair().getSplit().name());
    List<ReinforcedPair> matching = all.stream().filter(wanted).toList();
    var choices = new TreeMap<String, Map<String, Integer>>();
    choices.put("source", counts(all, sample -> sample.getPair().getSource()));
    choices.put("period", counts(all, sample -> sample.getPair().getPeriodId()));
    choices.put("split", counts(all, sample -> sample.getPair().getSplit().name()));
    return new Page<>(
        "reinforced",
        all.size(),
        matching.size(),
        matching.stream().skip(offset).limit(limit).map(SamplesView::sample).toList(),
        choices);
  }

  Page<Rejection> rejected(
      @Nullable String reason,
      @Nullable String stage,
      @Nullable String source,
      int offset,
      int limit) {
    List<RejectedPair> all = model.rejections();
    List<RejectedPair> matching =
        all.stream()
            .filter(
                pair ->
                    is(reason, pair.getReason().name())
                        && is(stage, pair.getStage().name())
                        && is(source, source(pair)))
            .toList();
    var choices = new TreeMap<String, Map<String, Integer>>();
    choices.put("reason", counts(all, pair -> pair.getReason().name()));
    choices.put("stage", counts(all, pair -> pair.getStage().name()));
    choices.put("source", counts(all, SamplesView::source));
    return new Page<>(
        "rejected",
        all.size(),
        matching.size(),
        matching.stream().skip(offset).limit(limit).map(SamplesView::rejection).toList(),
        choices);
  }

  private static String source(RejectedPair pair) {
    String source = pair.getSource();
    return source == null ? "unknown" : source;
  }

  private static boolean is(@Nullable String wanted, String actual) {
    return wanted == null || wanted.isEmpty() || wanted.equals(actual);
  }

  private static <T> Map<String, Integer> counts(List<T> all, Function<T, String> key) {
    var counts = new TreeMap<String, Integer>();
    all.forEach(item -> counts.merge(key.apply(item), 1, Integer::sum));
    return counts;
  }

  static Sample sample(ReinforcedPair reinforced) {
    AcceptedPair pair = reinforced.getPair();
    var teachers = new ArrayList<Teacher>();
    var similarities = new ArrayList<Similarity>();
    for (TeacherEmbedding embedding : reinforced.getTeacherEmbeddings()) {
      Similarity similarity = Similarity.of(embedding);
      similarities.add(similarity);
      teachers.add(
          new Teacher(
              embedding.getTeacherId(),
              embedding.getDim(),
              embedding.getEncoding(),
              similarity.text()));
    }
    var captions = new ArrayList<Caption>();
    for (SyntheticCaption caption : reinforced.getCaptions()) {
      int index = captions.size();
      captions.add(
          new Caption(
              caption.getText(),
              caption.getCaptionerId(),
              caption.getDecoding(),
              Similarity.mean(similarities, similarity -> similarity.caption(index))));
    }
    return new Sample(
        pair.getPairId(),
        pair.getRevision(),
        pair.getSource(),
        pair.getPeriodId(),
        pair.getSplit().name(),
        pair.getWidth(),
        pair.getHeight(),
        pair.getCaption(),
        Similarity.mean(similarities, Similarity::text),
        captions,
        reinforced.getAugmentations().size(),
        teachers,
        reinforced.getQualityScore(),
        reinforced.getReinforcementVersion(),
        new TreeMap<>(pair.getAttributes()),
        position(pair.getRawPosition()),
        reinforced.getReinforcedTime());
  }

  private static Rejection rejection(RejectedPair pair) {
    return new Rejection(
        position(pair.getRawPosition()),
        pair.getReason().name(),
        pair.getStage().name(),
        pair.getDetail(),
        pair.getPairId(),
        pair.getSource(),
        pair.getDuplicateOf(),
        pair.getSizeBytes(),
        head(pair.getHead()),
        pair.getRejectedTime());
  }

  static String position(RawPosition position) {
    return position.getTopic() + ":" + position.getPartition() + ":" + position.getOffset();
  }

  /** The first bytes as text; what is no printable ASCII becomes a dot. */
  private static String head(ByteBuffer bytes) {
    byte[] head = new byte[Math.min(HEAD_CHARS, bytes.remaining())];
    bytes.duplicate().get(head);
    return new String(head, StandardCharsets.ISO_8859_1).replaceAll("[^\\x20-\\x7e]", "·");
  }
}
