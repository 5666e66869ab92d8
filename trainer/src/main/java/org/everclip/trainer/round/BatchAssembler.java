package org.everclip.trainer.round;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.trainer.replay.Rank;
import org.everclip.trainer.replay.ReplayStore;

/**
 * Makes the batch of a step from the plan and the store: the stored augmentation at the student's
 * size, the tokens of the real and of one synthetic caption, and the teachers' rows for just that
 * view and those captions. The same plan, step and stored pairs give the same bits. For one thread.
 *
 * <p>A pair that was deleted, or reinforced anew with other models, since the plan was made is
 * replaced by another of the plan. A holdout pair is never taken and reported to the guard.
 */
public final class BatchAssembler {

  /** What suits small teachers; large ones have 70 to 100 (MobileCLIP, section 5). */
  private static final float DEFAULT_TEACHER_SCALE = 20;

  private static final long CACHE_BYTES = 48L << 20;

  private final RoundPlan plan;
  private final RoundSchedule schedule;
  private final ReplayStore store;
  private final StudentInput input;
  private final List<Double> teacherScales;
  private final IntConsumer holdoutGuard;
  private final Pictures pictures = new Pictures(CACHE_BYTES);

  /**
   * What the student takes.
   *
   * @param preprocessing size and normalisation; squares are already made
   */
  public record StudentInput(Tokenizer tokenizer, int contextLength, Preprocessing preprocessing) {}

  /**
   * @param teacherScales one logit scale for each teacher
   * @param holdoutGuard told how many holdout pairs were kept out
   */
  public BatchAssembler(
      RoundPlan plan,
      ReplayStore store,
      StudentInput input,
      List<Double> teacherScales,
      IntConsumer holdoutGuard) {
    this.plan = plan;
    this.schedule = RoundSchedule.of(plan);
    this.store = store;
    this.input = input;
    this.teacherScales = List.copyOf(teacherScales);
    this.holdoutGuard = holdoutGuard;
  }

  /** Makes the batch of a step, counted from 0 within the round. */
  public TrainingBatch assemble(int stepInRound) {
    long start = System.nanoTime();
    long step = plan.firstStep() + stepInRound;
    List<Sample> samples = samples(stepInRound, step);
    boolean synthetic =
        plan.synthetic() && samples.stream().noneMatch(sample -> sample.caption() < 0);
    int shift =
        plan.shuffleCaptions()
            ? 1 + Rank.choose(plan.seed(), step + "/shift", samples.size() - 1)
            : 0;
    var batch =
        new Batch(
            images(samples),
            ids(samples, shift, false),
            synthetic ? ids(samples, shift, true) : null,
            teachers(samples, synthetic));
    return new TrainingBatch(
        stepInRound,
        samples.stream().map(sample -> sample.pair().getPairId()).toList(),
        batch,
        Instant.ofEpochMilli(
            (long) samples.stream().mapToLong(s -> s.time().toEpochMilli()).average().orElse(0)),
        samples.stream().map(Sample::time).min(Instant::compareTo).orElse(Instant.EPOCH),
        (System.nanoTime() - start) * 1e-9);
  }

  private List<Sample> samples(int stepInRound, long step) {
    List<String> planned = schedule.batch(stepInRound);
    var samples = new ArrayList<Sample>(planned.size());
    for (String id : planned) {
      usable(id).ifPresent(pair -> samples.add(Sample.choose(pair, plan.seed(), step)));
    }
    if (samples.size() < planned.size()) {
      var tried = new HashSet<>(planned);
      List<String> all =
          Stream.concat(
                  plan.newPairs().stream(),
                  plan.rehearsal().values().stream().flatMap(List::stream))
              .toList();
      int start = Rank.choose(plan.seed(), step + "/instead", all.size());
      for (int i = 0; i < all.size() && samples.size() < planned.size(); i++) {
        String id = all.get((start + i) % all.size());
        if (tried.add(id)) {
          usable(id).ifPresent(pair -> samples.add(Sample.choose(pair, plan.seed(), step)));
        }
      }
    }
    if (samples.size() < 2) {
      throw new IllegalStateException(
          "round %d has fewer than two stored pairs left".formatted(plan.round()));
    }
    return samples;
  }

  private Optional<ReinforcedPair> usable(String id) {
    Optional<ReinforcedPair> pair =
        store.pair(id).filter(p -> p.getReinforcementVersion().equals(plan.reinforcementVersion()));
    if (pair.isPresent() && pair.get().getPair().getSplit() != Split.TRAIN) {
      holdoutGuard.accept(1);
      return Optional.empty();
    }
    return pair;
  }

  private FloatBuffer images(List<Sample> samples) {
    Preprocessing preprocessing = input.preprocessing();
    int values = 3 * preprocessing.size() * preprocessing.size();
    FloatBuffer images =
        ByteBuffer.allocateDirect(samples.size() * values * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    float[] one = new float[values];
    for (Sample sample : samples) {
      RgbImage view =
          Augmentation.parse(sample.augmentationJson())
              .apply(pictures.square(sample.pair()), preprocessing.size());
      preprocessing.toTensor(view, one, 0);
      images.put(one);
    }
    return images.flip();
  }

  /**
   * Token ids row by row. With a shift, row i gets the caption of row i + shift while the teachers'
   * rows stay: captions and targets that are wrong on purpose.
   */
  private long[] ids(List<Sample> samples, int shift, boolean synthetic) {
    int length = input.contextLength();
    long[] ids = new long[samples.size() * length];
    for (int row = 0; row < samples.size(); row++) {
      Sample sample = samples.get((row + shift) % samples.size());
      String synthesized = sample.syntheticCaption();
      String text = synthetic && synthesized != null ? synthesized : sample.pair().getCaption();
      System.arraycopy(input.tokenizer().encode(text, length), 0, ids, row * length, length);
    }
    return ids;
  }

  private List<TeacherBatch> teachers(List<Sample> samples, boolean synthetic) {
    int rows = samples.size();
    var first = samples.get(0).teachers();
    var batches = new ArrayList<TeacherBatch>(first.size());
    for (int k = 0; k < first.size(); k++) {
      int dim = first.get(k).getDim();
      float[] image = new float[rows * dim];
      float[] real = new float[rows * dim];
      float[] captions = new float[synthetic ? rows * dim : 0];
      for (int row = 0; row < rows; row++) {
        samples.get(row).imageRow(k, image, row);
        samples.get(row).realRow(k, real, row);
        if (synthetic) {
          samples.get(row).syntheticRow(k, captions, row);
        }
      }
      batches.add(
          new TeacherBatch(dim, scale(k, first.size()), image, real, synthetic ? captions : null));
    }
    return batches;
  }

  private float scale(int teacher, int teachers) {
    if (teacherScales.isEmpty()) {
      return DEFAULT_TEACHER_SCALE;
    }
    if (teacherScales.size() != teachers) {
      throw new IllegalArgumentException(
          "trainer.teacherScales has %d values, but the records have %d teachers"
              .formatted(teacherScales.size(), teachers));
    }
    return teacherScales.get(teacher).floatValue();
  }
}
