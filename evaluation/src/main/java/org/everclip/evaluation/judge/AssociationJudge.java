package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.AssociationScores;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.task.Sample;

/** WinoGAViL: an instance is right when the selection is exactly its associations. */
final class AssociationJudge implements Judge {

  private final Texts texts;
  private final AssociationScores scores = new AssociationScores();
  private final List<Judgement> judgements = new ArrayList<>();

  AssociationJudge(Texts texts) {
    this.texts = texts;
  }

  @Override
  public void add(List<Sample> samples, float[][] images) {
    List<Sample.Association> instances =
        samples.stream().map(sample -> Judge.as(Sample.Association.class, sample)).toList();
    float[][] cues =
        texts.encode(
            instances.stream().map(instance -> AssociationScores.prompt(instance.cue())).toList());
    int from = 0;
    for (int i = 0; i < cues.length; i++) {
      Sample.Association instance = instances.get(i);
      int to = from + instance.candidates().size();
      float[] similarities = Columns.of(Arrays.copyOfRange(images, from, to)).times(cues[i]);
      from = to;
      int n = instance.associations().size();
      Set<Integer> selected = AssociationScores.select(similarities, n);
      double jaccard = scores.add(selected, instance.associations(), similarities.length);
      selected.retainAll(instance.associations());
      judgements.add(
          new Judgement(
              instance.key(),
              jaccard == 1,
              selected.size(),
              AssociationScores.margin(similarities, n)));
    }
  }

  @Override
  public Verdict verdict() {
    return new Verdict(scores.metrics(), judgements);
  }
}
