package org.everclip.trainer.round;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.trainer.replay.Rank;
import org.jspecify.annotations.Nullable;

/**
 * One pair of a batch with the augmentation and the synthetic caption that were chosen for it.
 *
 * @param augmentation index of the stored augmentation
 * @param caption index of the synthetic caption; -1 when the pair has none
 */
record Sample(ReinforcedPair reinforced, int augmentation, int caption) {

  /** Chooses by hash of (seed, pairId, step), so that the same step always sees the same. */
  static Sample choose(ReinforcedPair reinforced, long seed, long step) {
    String key = reinforced.getPair().getPairId() + '/' + step + '/';
    int augmentations = reinforced.getAugmentations().size();
    int captions = reinforced.getCaptions().size();
    if (augmentations == 0) {
      throw new IllegalStateException(
          "pair " + reinforced.getPair().getPairId() + " carries no augmentation parameters");
    }
    return new Sample(
        reinforced,
        Rank.choose(seed, key + "augmentation", augmentations),
        captions == 0 ? -1 : Rank.choose(seed, key + "caption", captions));
  }

  AcceptedPair pair() {
    return reinforced.getPair();
  }

  /** Of its content, by which the gate counted it to a period. */
  Instant time() {
    Instant event = pair().getEventTime();
    return event != null ? event : pair().getFirstSeenTime();
  }

  String augmentationJson() {
    return reinforced.getAugmentations().get(augmentation);
  }

  @Nullable String syntheticCaption() {
    return caption < 0 ? null : reinforced.getCaptions().get(caption).getText();
  }

  List<TeacherEmbedding> teachers() {
    return reinforced.getTeacherEmbeddings();
  }

  void imageRow(int teacher, float[] target, int row) {
    TeacherEmbedding stored = teachers().get(teacher);
    decode(stored, stored.getImage(), augmentation, target, row);
  }

  void realRow(int teacher, float[] target, int row) {
    TeacherEmbedding stored = teachers().get(teacher);
    decode(stored, stored.getText(), 0, target, row);
  }

  void syntheticRow(int teacher, float[] target, int row) {
    TeacherEmbedding stored = teachers().get(teacher);
    decode(stored, stored.getCaption(), caption, target, row);
  }

  private void decode(
      TeacherEmbedding teacher, ByteBuffer rows, int index, float[] target, int row) {
    int dim = teacher.getDim();
    try {
      EmbeddingEncoding.of(teacher.getEncoding()).open(rows, dim).copy(index, target, row * dim);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new IllegalStateException(
          "teacher rows of pair %s cannot be read: %s"
              .formatted(pair().getPairId(), e.getMessage()),
          e);
    }
  }
}
