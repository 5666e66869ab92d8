package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.AveragePrecision;
import org.everclip.evaluation.metric.ChoiceScores;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.task.Sample;

/** Several labels an image: mean average precision; a sample is right when its best class is. */
final class MultiLabelJudge implements Judge {

  private final Columns classifier;
  private final AveragePrecision precision = new AveragePrecision();
  private final List<Judgement> judgements = new ArrayList<>();

  MultiLabelJudge(float[][] classifier) {
    this.classifier = Columns.of(classifier);
  }

  @Override
  public void add(List<Sample> samples, float[][] images) {
    for (int i = 0; i < images.length; i++) {
      var sample = Judge.as(Sample.Tagged.class, samples.get(i));
      float[] cosines = classifier.times(images[i]);
      precision.add(cosines, sample.present());
      int best = ChoiceScores.best(cosines);
      judgements.add(
          new Judgement(
              sample.key(), sample.present()[best], best, ChoiceScores.margin(cosines, best)));
    }
  }

  @Override
  public Verdict verdict() {
    return new Verdict(precision.metrics(), judgements);
  }
}
