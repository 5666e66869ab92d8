package org.everclip.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.Classification;
import org.everclip.evaluation.metric.Retrieval;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;

/**
 * Runs one task on one model: zero-shot classification with the prompts of the data set, or
 * retrieval in both directions. Samples are streamed in batches; only retrieval keeps embeddings.
 */
public final class TaskRunner {

  private static final int BATCH = 32;

  /** Rank that counts as right for a retrieval sample's flips. */
  private static final int RETRIEVAL_TOP = 5;

  private final EvaluatedModel model;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  public TaskRunner(EvaluatedModel model) {
    this.model = model;
  }

  /**
   * Runs the task.
   *
   * @throws UnavailableException if the data cannot give a result
   */
  public TaskOutcome run(SampleSource source) throws IOException, UnavailableException {
    long start = System.nanoTime();
    TaskOutcome outcome =
        source.classNames().isEmpty() ? retrieval(source) : classification(source);
    double seconds = (System.nanoTime() - start) / 1e9;
    return new TaskOutcome(
        outcome.metrics(), outcome.samples(), outcome.queries(), outcome.correct(), seconds);
  }

  private TaskOutcome classification(SampleSource source) throws IOException, UnavailableException {
    float[][] classifier = classifier(source.classNames(), source.templates());
    var results = new Classification(classifier.length);
    var judgements = new ArrayList<Judgement>();
    var batch = new ArrayList<Sample>(BATCH);
    Runnable flush =
        () -> {
          float[][] images = encode(batch);
          for (int i = 0; i < images.length; i++) {
            int label = batch.get(i).label();
            if (label < 0 || label >= classifier.length) {
              throw new IllegalArgumentException(
                  "label %d of sample %s is outside the %d class names"
                      .formatted(label, batch.get(i).key(), classifier.length));
            }
            boolean right = results.add(scores(classifier, images[i]), label);
            judgements.add(new Judgement(batch.get(i).key(), right));
          }
          batch.clear();
        };
    stream(source, batch, flush);
    if (results.samples() == 0) {
      throw new UnavailableException("the data set holds no sample");
    }
    return new TaskOutcome(results.metrics(), results.samples(), results.samples(), judgements, 0);
  }

  /** Column c: mean of the normalised prompt embeddings of class c, normalised again. */
  private float[][] classifier(List<String> names, List<String> templates) {
    var prompts = new ArrayList<String>(names.size() * templates.size());
    for (String name : names) {
      for (String template : templates) {
        prompts.add(template.replace("{c}", name));
      }
    }
    float[][] rows = encodeTexts(prompts);
    float[][] classifier = new float[names.size()][];
    for (int c = 0; c < classifier.length; c++) {
      float[] sum = new float[rows[0].length];
      for (int t = 0; t < templates.size(); t++) {
        float[] row = rows[c * templates.size() + t];
        for (int d = 0; d < sum.length; d++) {
          sum[d] += row[d];
        }
      }
      classifier[c] = normalize(sum);
    }
    return classifier;
  }

  private TaskOutcome retrieval(SampleSource source) throws IOException, UnavailableException {
    var images = new ArrayList<float[]>();
    var keys = new ArrayList<String>();
    var captions = new ArrayList<String>();
    var owners = new ArrayList<Integer>();
    var batch = new ArrayList<Sample>(BATCH);
    Runnable flush =
        () -> {
          float[][] rows = encode(batch);
          for (int i = 0; i < rows.length; i++) {
            for (String caption : batch.get(i).captions()) {
              captions.add(caption);
              owners.add(images.size());
            }
            images.add(rows[i]);
            keys.add(batch.get(i).key());
          }
          batch.clear();
        };
    stream(source, batch, flush);
    if (images.isEmpty() || captions.isEmpty()) {
      throw new UnavailableException("the data set holds no sample");
    }
    int[] owner = owners.stream().mapToInt(Integer::intValue).toArray();
    Retrieval result = Retrieval.of(images.toArray(float[][]::new), encodeTexts(captions), owner);
    var judgements = new ArrayList<Judgement>();
    for (int i = 0; i < keys.size(); i++) {
      judgements.add(new Judgement("image " + keys.get(i), result.imageRanks()[i] < RETRIEVAL_TOP));
    }
    for (int t = 0; t < owner.length; t++) {
      judgements.add(
          new Judgement(
              "caption " + t + " of " + keys.get(owner[t]),
              result.captionRanks()[t] < RETRIEVAL_TOP));
    }
    return new TaskOutcome(
        result.metrics(), images.size(), images.size() + captions.size(), judgements, 0);
  }

  private static void stream(SampleSource source, List<Sample> batch, Runnable flush)
      throws IOException {
    source.forEach(
        sample -> {
          batch.add(sample);
          if (batch.size() == BATCH) {
            flush.run();
          }
        });
    if (!batch.isEmpty()) {
      flush.run();
    }
  }

  private float[][] encode(List<Sample> batch) {
    List<RgbImage> squares =
        batch.stream()
            .map(sample -> model.preprocess(decoder.decodeTrusted(sample.image())))
            .toList();
    return model.encodeImages(squares);
  }

  private float[][] encodeTexts(List<String> texts) {
    var rows = new ArrayList<float[]>(texts.size());
    for (int from = 0; from < texts.size(); from += BATCH) {
      List<String> slice = texts.subList(from, Math.min(texts.size(), from + BATCH));
      rows.addAll(List.of(model.encodeTexts(slice)));
    }
    return rows.toArray(float[][]::new);
  }

  private static float[] scores(float[][] classifier, float[] image) {
    float[] scores = new float[classifier.length];
    for (int c = 0; c < scores.length; c++) {
      float sum = 0;
      for (int d = 0; d < image.length; d++) {
        sum += classifier[c][d] * image[d];
      }
      scores[c] = 100 * sum;
    }
    return scores;
  }

  private static float[] normalize(float[] row) {
    double square = 0;
    for (float value : row) {
      square += (double) value * value;
    }
    float norm = (float) Math.max(Math.sqrt(square), 1e-12);
    float[] unit = new float[row.length];
    for (int d = 0; d < row.length; d++) {
      unit[d] = row[d] / norm;
    }
    return unit;
  }
}
