package org.everclip.trainer.offline;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import org.everclip.clip.training.Batch;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.jspecify.annotations.Nullable;

/**
 * Prepares batches on a thread of its own: a seeded permutation per epoch, no concept twice in a
 * batch, augmented pictures, sampled captions. The sequence of batches depends on the seed alone.
 */
final class BatchSource implements AutoCloseable {

  private static final int AHEAD = 3;

  /**
   * What batches are like.
   *
   * @param targets whether the texts are what a captioner shall write
   * @param recipe the augmentation of each batch, counted from 0
   */
  record Settings(
      boolean targets, LongFunction<AugmentationRecipe> recipe, int batchSize, long seed) {}

  private final List<Described> samples;
  private final CaptionSampler captions;
  private final Settings settings;
  private final Preprocessing preprocessing;
  private final Teachers teachers;
  private final Deque<Integer> pending = new ArrayDeque<>();
  private final BlockingQueue<Batch> ready = new ArrayBlockingQueue<>(AHEAD);
  private final Thread thread;
  private volatile @Nullable RuntimeException failure;
  private int epoch;

  BatchSource(
      List<Described> samples,
      CaptionSampler captions,
      Settings settings,
      Preprocessing preprocessing,
      Teachers teachers) {
    this.samples = samples;
    this.captions = captions;
    this.settings = settings;
    this.preprocessing = preprocessing;
    this.teachers = teachers;
    int batchSize = settings.batchSize();
    long concepts = samples.stream().map(Described::concept).distinct().count();
    if (concepts < batchSize) {
      throw new IllegalArgumentException(
          "A batch of %d needs as many concepts, but the data have %d; use a smaller --batch"
              .formatted(batchSize, concepts));
    }
    thread = new Thread(this::produce, "batches");
    thread.setDaemon(true);
    thread.start();
  }

  /** Waits for the next batch. */
  Batch next() throws InterruptedException {
    while (true) {
      Batch batch = ready.poll(1, TimeUnit.SECONDS);
      if (batch != null) {
        return batch;
      }
      RuntimeException cause = failure;
      if (cause != null) {
        throw new IllegalStateException("Batches could not be prepared", cause);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }

  private void produce() {
    try {
      for (long index = 0; !Thread.currentThread().isInterrupted(); index++) {
        ready.put(
            make(
                settings.recipe().apply(index),
                AugmentationRecipe.seeded("batch", settings.seed(), (int) index)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private Batch make(AugmentationRecipe recipe, RandomGenerator random) {
    int size = preprocessing.size();
    int batchSize = settings.batchSize();
    List<RgbImage> crops = new ArrayList<>(batchSize);
    float[] images = new float[batchSize * 3 * size * size];
    List<long[]> rows = new ArrayList<>(batchSize);
    for (int index : choose()) {
      Described sample = samples.get(index);
      RgbImage image = sample.image();
      RgbImage seen = recipe.sample(image.width(), image.height(), size, random).apply(image, size);
      preprocessing.toTensor(seen, images, rows.size() * 3 * size * size);
      crops.add(seen);
      rows.add(
          settings.targets() ? captions.target(sample, random) : captions.sample(sample, random));
    }
    int length = rows.get(0).length;
    long[] ids = new long[batchSize * length];
    for (int i = 0; i < batchSize; i++) {
      System.arraycopy(rows.get(i), 0, ids, i * length, length);
    }
    return new Batch(
        FloatBuffer.wrap(images), ids, null, teachers.embed(crops, rows, captions.tokenizer()));
  }

  private List<Integer> choose() {
    List<Integer> chosen = new ArrayList<>(settings.batchSize());
    List<Integer> deferred = new ArrayList<>();
    Set<String> concepts = new HashSet<>();
    while (chosen.size() < settings.batchSize()) {
      if (pending.isEmpty()) {
        refill();
      }
      int index = pending.removeFirst();
      boolean fresh = concepts.add(samples.get(index).concept());
      (fresh ? chosen : deferred).add(index);
    }
    Collections.reverse(deferred);
    deferred.forEach(pending::addFirst);
    return chosen;
  }

  private void refill() {
    List<Integer> order = new ArrayList<>(samples.size());
    for (int i = 0; i < samples.size(); i++) {
      order.add(i);
    }
    Collections.shuffle(order, new Random(settings.seed() * 1_000_003 + epoch++));
    pending.addAll(order);
  }
}
