package org.everclip.evaluation;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.judge.Judge;
import org.everclip.evaluation.judge.Texts;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.Picture;
import org.everclip.evaluation.task.Picture.Box;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;

/**
 * Runs tasks on one model. Samples are streamed in batches of pictures; only retrieval keeps
 * embeddings. Pictures are decoded as the reference does: as stored, transparency ignored. For one
 * thread.
 */
public final class TaskRunner {

  /** Pictures, and texts, at once when nothing else is said. */
  public static final int BATCH = 32;

  private final EvaluatedModel model;
  private final Texts texts;
  private final int batch;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  public TaskRunner(EvaluatedModel model) {
    this(model, BATCH);
  }

  /**
   * Makes a runner.
   *
   * @param batch pictures, and texts, that the model is given at once; changes no metric beyond the
   *     model's own rounding
   */
  public TaskRunner(EvaluatedModel model, int batch) {
    this.model = model;
    this.batch = batch;
    this.texts = new Texts(model, batch);
  }

  /**
   * Runs the task.
   *
   * @throws UnavailableException if the data cannot give a result: empty or damaged, with why
   */
  public TaskOutcome run(SampleSource source) throws UnavailableException {
    long start = System.nanoTime();
    try {
      Judge judge = Judge.of(source, texts, model.logitScale());
      var stream = new Batches(judge);
      source.forEach(stream::add);
      stream.flush();
      if (stream.samples == 0) {
        throw new UnavailableException("empty data: there is no sample");
      }
      Judge.Verdict verdict = judge.verdict();
      double seconds = (System.nanoTime() - start) / 1e9;
      return new TaskOutcome(verdict.metrics(), stream.samples, verdict.judgements(), seconds);
    } catch (DamagedDataException e) {
      throw new UnavailableException(String.valueOf(e.getMessage()));
    } catch (IOException | UncheckedIOException e) {
      throw new UnavailableException("damaged data: " + e.getMessage());
    }
  }

  /** Collects samples until their pictures fill a batch. */
  private final class Batches {

    private final Judge judge;
    private final List<Sample> waiting = new ArrayList<>();
    private final List<RgbImage> squares = new ArrayList<>();
    private int samples;

    Batches(Judge judge) {
      this.judge = judge;
    }

    void add(Sample sample) {
      for (Picture picture : sample.pictures()) {
        squares.add(square(sample, picture));
      }
      waiting.add(sample);
      samples++;
      if (squares.size() >= batch) {
        flush();
      }
    }

    void flush() {
      if (waiting.isEmpty()) {
        return;
      }
      float[][] rows = new float[squares.size()][];
      for (int from = 0; from < rows.length; from += batch) {
        List<RgbImage> slice = squares.subList(from, Math.min(rows.length, from + batch));
        System.arraycopy(model.encodeImages(slice), 0, rows, from, slice.size());
      }
      judge.add(waiting, rows);
      waiting.clear();
      squares.clear();
    }
  }

  private RgbImage square(Sample sample, Picture picture) {
    try {
      RgbImage image = decoder.decodeAsReference(picture.bytes());
      Box box = picture.box();
      return model.preprocess(
          box == null ? image : image.crop(box.left(), box.top(), box.width(), box.height()));
    } catch (IllegalArgumentException e) {
      throw new DamagedDataException(
          "damaged picture of sample %s: %s".formatted(sample.key(), e.getMessage()), e);
    }
  }
}
