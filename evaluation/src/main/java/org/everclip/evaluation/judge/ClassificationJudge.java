package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.Calibration;
import org.everclip.evaluation.metric.Classification;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.metric.GroupAccuracy;
import org.everclip.evaluation.metric.MacroScores;
import org.everclip.evaluation.metric.Metrics;
import org.everclip.evaluation.metric.Ranking;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Scoring.Grouping;
import org.jspecify.annotations.Nullable;

/** Zero-shot classification, with accuracies by group where the task has groups. */
final class ClassificationJudge implements Judge {

  private final Columns classifier;
  private final Classification counts;
  private final Calibration calibration;
  private final List<Grouping> groupings;
  private final List<GroupAccuracy> groups;
  private final @Nullable MacroScores macro;
  private final @Nullable BlankDropped blankDropped;
  private final List<Judgement> judgements = new ArrayList<>();

  ClassificationJudge(
      Scoring.Classification scoring, SampleSource source, Texts texts, double logitScale) {
    List<String> names = source.classNames();
    classifier = Columns.of(texts.classifier(names, source.templates()));
    counts = new Classification(classifier.count(), names.size());
    calibration = new Calibration(logitScale);
    groupings = scoring.groups();
    groups =
        groupings.stream()
            .map(
                grouping ->
                    new GroupAccuracy(
                        grouping.top() == 1 ? "acc" : "acc_top" + grouping.top(),
                        grouping.field(),
                        grouping.worst()))
            .toList();
    blankDropped = BlankDropped.of(names);
    macro = scoring.macro() ? new MacroScores(names.size()) : null;
  }

  @Override
  public void add(List<Sample> samples, float[][] images) {
    for (int i = 0; i < images.length; i++) {
      var sample = Judge.as(Sample.Labelled.class, samples.get(i));
      float[] cosines = classifier.times(images[i]);
      Ranking ranking = Ranking.of(cosines, sample.label());
      counts.add(ranking, sample.label());
      calibration.add(cosines, ranking);
      addToGroups(ranking, sample);
      if (macro != null) {
        macro.add(ranking.predicted(), sample.label());
      }
      if (blankDropped != null) {
        blankDropped.add(cosines, sample.label());
      }
      judgements.add(
          new Judgement(sample.key(), ranking.within(1), ranking.predicted(), ranking.margin()));
    }
  }

  private void addToGroups(Ranking ranking, Sample.Labelled sample) {
    for (int g = 0; g < groups.size(); g++) {
      Grouping grouping = groupings.get(g);
      if (grouping.column() >= sample.metadata().length) {
        throw new DamagedDataException(
            "sample %s has no metadata column %d (%s)"
                .formatted(sample.key(), grouping.column(), grouping.field()));
      }
      groups.get(g).add(ranking.within(grouping.top()), sample.metadata()[grouping.column()]);
    }
  }

  @Override
  public Verdict verdict() {
    var metrics = new Metrics.Builder().putAll(counts.metrics());
    groups.forEach(group -> metrics.putAll(group.metrics()));
    if (macro != null) {
      Metrics all = counts.metrics();
      metrics.put("acc_avg", (float) (double) all.values().getOrDefault("acc1", 0.0));
      metrics.putAll(macro.metrics());
    }
    if (blankDropped != null) {
      metrics.putAll(blankDropped.metrics());
    }
    metrics.put("expected_calibration_error", calibration.error());
    return new Verdict(metrics.build(), judgements);
  }
}
