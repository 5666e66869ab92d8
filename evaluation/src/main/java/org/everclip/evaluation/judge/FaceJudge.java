package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.ChoiceScores;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.metric.FaceScores;
import org.everclip.evaluation.metric.FaceScores.Face;
import org.everclip.evaluation.metric.FaceScores.Objective;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;

/** Faces: four classifiers, of the names and prompts that carry the objective's prefix. */
final class FaceJudge implements Judge {

  private final List<Columns> classifiers = new ArrayList<>();
  private final FaceScores scores = new FaceScores();
  private final List<Judgement> judgements = new ArrayList<>();

  FaceJudge(SampleSource source, Texts texts) {
    for (Objective objective : Objective.values()) {
      List<String> names = without(objective.prefix(), source.classNames());
      List<String> templates = without(objective.prefix(), source.templates());
      if (names.isEmpty() || templates.isEmpty()) {
        throw new DamagedDataException(
            "no class name or no prompt begins with " + objective.prefix());
      }
      classifiers.add(Columns.of(texts.classifier(names, templates)));
    }
  }

  private static List<String> without(String prefix, List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  @Override
  public void add(List<Sample> samples, float[][] images) {
    for (int i = 0; i < images.length; i++) {
      var sample = Judge.as(Sample.Labelled.class, samples.get(i));
      Face face = Face.of(sample.metadata());
      int[] predicted = new int[classifiers.size()];
      float margin = Float.POSITIVE_INFINITY;
      for (int o = 0; o < predicted.length; o++) {
        float[] cosines = classifiers.get(o).times(images[i]);
        predicted[o] = ChoiceScores.best(cosines);
        margin = Math.min(margin, ChoiceScores.margin(cosines, predicted[o]));
      }
      scores.add(predicted, face);
      int gender = predicted[Objective.GENDER.ordinal()];
      judgements.add(new Judgement(sample.key(), gender == face.gender(), gender, margin));
    }
  }

  @Override
  public Verdict verdict() {
    return new Verdict(scores.metrics(), judgements);
  }
}
