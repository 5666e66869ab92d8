package org.everclip.reinforce;

import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one teacher gave for a window of pairs. Each pair is compared with the one before it: a
 * teacher that is right says that two pictures differ, that a view is closer to its own picture,
 * and that a caption, real or synthetic, is closer to its own picture. Not thread-safe.
 */
final class TeacherStatistics {

  /** Mean of 1 − cosine below which all embeddings are one. */
  private static final double NOTHING = 1e-5;

  private static final double MANY = 0.05;

  private final String teacher;
  private final Margin pictures = new Margin();
  private final Margin texts = new Margin();
  private final Margin views = new Margin();
  private final Margin captions = new Margin();
  private final Margin synthetic = new Margin();
  private int pairs;
  private int broken;
  private @Nullable Rows last;

  /**
   * Rows of length 1 of one pair, or means of such rows.
   *
   * @param picture without augmentation
   * @param views mean over the augmented pictures
   * @param caption of the real caption
   * @param synthetic mean over the synthetic captions
   * @param text the real caption
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Rows(float[] picture, float[] views, float[] caption, float[] synthetic, String text) {}

  TeacherStatistics(String teacher) {
    this.teacher = teacher;
  }

  void add(Rows pair) {
    pairs++;
    double sum =
        sum(pair.picture()) + sum(pair.views()) + sum(pair.caption()) + sum(pair.synthetic());
    if (!Double.isFinite(sum)) {
      broken++;
      return;
    }
    Rows other = last;
    last = pair;
    if (other == null) {
      return;
    }
    pictures.add(1 - dot(pair.picture(), other.picture()));
    views.add(dot(pair.picture(), pair.views()) - dot(pair.picture(), other.views()));
    synthetic.add(dot(pair.picture(), pair.synthetic()) - dot(pair.picture(), other.synthetic()));
    if (!pair.text().equals(other.text())) {
      texts.add(1 - dot(pair.caption(), other.caption()));
      captions.add(dot(pair.picture(), pair.caption()) - dot(pair.picture(), other.caption()));
    }
  }

  /** What is wrong with the teacher, in words; empty when nothing is. */
  Optional<String> trouble() {
    if (broken > MANY * pairs) {
      return Optional.of(
          "teacher %s gives embeddings that are not finite for %d of %d pairs: its weights are damaged, or reinforce.precision is too narrow for it"
              .formatted(teacher, broken, pairs));
    }
    if (pictures.count() > 0 && pictures.mean() < NOTHING) {
      return Optional.of(constant("picture", pictures));
    }
    if (texts.count() > 0 && texts.mean() < NOTHING) {
      return Optional.of(constant("caption", texts));
    }
    if (views.count() > 0 && !views.isClear()) {
      return Optional.of(
          "teacher %s mixes pictures up: over %d pairs a view is no closer to its own picture than to the one before (mean difference of cosines %s)"
              .formatted(teacher, pairs, views));
    }
    if (synthetic.count() > 0 && !synthetic.isClear() && !captions.isClear()) {
      return Optional.of(
          "teacher %s cannot tell a picture's captions from another picture's: over %d pairs the mean difference of cosines is %s for real and %s for synthetic captions; its rows belong to other pairs, or it is not a CLIP model of such data"
              .formatted(teacher, pairs, captions, synthetic));
    }
    return Optional.empty();
  }

  /** All that was seen, in a line. */
  String figures() {
    return String.format(
        Locale.ROOT,
        "%s: %d pairs, %d broken; pictures %s, texts %s, views %s (%.1f), captions %s (%.1f),"
            + " synthetic %s (%.1f)",
        teacher,
        pairs,
        broken,
        pictures,
        texts,
        views,
        views.score(),
        captions,
        captions.score(),
        synthetic,
        synthetic.score());
  }

  /** Begins the next window; its first pair is compared with this one's last. */
  void clear() {
    pairs = 0;
    broken = 0;
    for (Margin margin : new Margin[] {pictures, texts, views, captions, synthetic}) {
      margin.clear();
    }
  }

  private String constant(String what, Margin differences) {
    return "teacher %s gives the same embedding for every %s: over %d pairs the mean of 1 - cosine of neighbours is %s"
        .formatted(teacher, what, pairs, differences);
  }

  private static double sum(float[] row) {
    double sum = 0;
    for (float value : row) {
      sum += value;
    }
    return sum;
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
