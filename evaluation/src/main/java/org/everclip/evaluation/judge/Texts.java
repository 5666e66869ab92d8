package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.evaluation.EvaluatedModel;

/**
 * A model's texts in batches, and zero-shot classifiers, of which the last ones are kept: a first
 * look and the full run, and ImageNet, its second version and its sketches share their prompts.
 * Those of all 38 tasks have about 6,000 rows. For one thread.
 */
public final class Texts {

  private static final int KEPT = 64;

  private final EvaluatedModel model;
  private final int batch;
  private final Map<Prompts, float[][]> classifiers =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Prompts, float[][]> eldest) {
          return size() > KEPT;
        }
      };

  public Texts(EvaluatedModel model, int batch) {
    this.model = model;
    this.batch = batch;
  }

  private record Prompts(List<String> names, List<String> templates) {}

  /** Unit rows [n, d]. */
  float[][] encode(List<String> texts) {
    float[][] rows = new float[texts.size()][];
    for (int from = 0; from < texts.size(); from += batch) {
      List<String> slice = texts.subList(from, Math.min(texts.size(), from + batch));
      System.arraycopy(model.encodeTexts(slice), 0, rows, from, slice.size());
    }
    return rows;
  }

  /**
   * A row [d] for each class: the mean of its prompts' unit rows, normalised again. Source:
   * CLIP_benchmark 1.4, metrics/zeroshot_classification.py, zero_shot_classifier.
   */
  public float[][] classifier(List<String> names, List<String> templates) {
    return classifiers.computeIfAbsent(new Prompts(names, templates), this::build);
  }

  private float[][] build(Prompts prompts) {
    int templates = prompts.templates.size();
    float[][] classes = new float[prompts.names.size()][];
    // As many whole classes at once as fill the batches well; a thousand classes with eighty
    // prompts each are never in memory together.
    int together = Math.max(1, 16 * batch / templates);
    for (int from = 0; from < classes.length; from += together) {
      int to = Math.min(classes.length, from + together);
      var texts = new ArrayList<String>();
      for (String name : prompts.names.subList(from, to)) {
        prompts.templates.forEach(template -> texts.add(fill(template, name)));
      }
      float[][] rows = encode(texts);
      for (int c = from; c < to; c++) {
        classes[c] = mean(rows, (c - from) * templates, templates);
      }
    }
    return classes;
  }

  private static float[] mean(float[][] rows, int from, int count) {
    float[] mean = new float[rows[from].length];
    for (int r = from; r < from + count; r++) {
      for (int d = 0; d < mean.length; d++) {
        mean[d] += rows[r][d] / count;
      }
    }
    double square = 0;
    for (float value : mean) {
      square += (double) value * value;
    }
    float norm = (float) Math.sqrt(square);
    for (int d = 0; d < mean.length; d++) {
      mean[d] /= norm;
    }
    return mean;
  }

  /** Python's {@code template.format(c=name)}, as far as prompts use it. */
  static String fill(String template, String name) {
    var text = new StringBuilder();
    for (int i = 0; i < template.length(); i++) {
      if (template.startsWith("{c}", i)) {
        text.append(name);
        i += 2;
      } else if (template.startsWith("{{", i) || template.startsWith("}}", i)) {
        text.append(template.charAt(i++));
      } else {
        text.append(template.charAt(i));
      }
    }
    return text.toString();
  }
}
