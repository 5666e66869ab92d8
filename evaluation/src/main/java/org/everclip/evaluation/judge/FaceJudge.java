package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.ChoiceScores;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.metric.FaceScores;
import org.everclip.evaluation.metric.FaceScores.Face;
import org.everclip.evaluation.metric.FaceScores.Predicted;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;

/** Faces: four classifiers, of the names and prompts that carry the objective's prefix. */
final class FaceJudge implements Judge {

  private final Columns race;
  private final Columns gender;
  private final Columns age;
  private final Columns toxic;
  private final FaceScores scores = new FaceScores();
  private final List<Judgement> judgements = new ArrayList<>();

  FaceJudge(SampleSource source, Texts texts) {
    race = classifier("race:", source, texts);
    gender = classifier("gender:", source, texts);
    age = classifier("age:", source, texts);
    toxic = classifier("toxic:", source, texts);
  }

  private static Columns classifier(String objective, SampleSource source, Texts texts) {
    List<String> names = without(objective, source.classNames());
    List<String> templates = without(objective, source.templates());
    if (names.isEmpty() || templates.isEmpty()) {
      throw new DamagedDataException("no class name or no prompt begins with " + objective);
    }
    return Columns.of(texts.classifier(names, templates));
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
      float[] genders = gender.times(images[i]);
      int best = ChoiceScores.best(genders);
      scores.add(
          new Predicted(best(race, images[i]), best, best(age, images[i]), best(toxic, images[i])),
          face);
      judgements.add(
          new Judgement(
              sample.key(), best == face.gender(), best, ChoiceScores.margin(genders, best)));
    }
  }

  private static int best(Columns classifier, float[] image) {
    return ChoiceScores.best(classifier.times(image));
  }

  @Override
  public Verdict verdict() {
    return new Verdict(scores.metrics(), judgements);
  }
}
