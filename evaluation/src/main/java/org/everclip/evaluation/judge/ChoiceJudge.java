package org.everclip.evaluation.judge;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.ChoiceScores;
import org.everclip.evaluation.metric.Columns;
import org.everclip.evaluation.metric.Metrics;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Scoring.Fold;

/** ARO: a case is right when its own caption is the best of the prepared ones. */
final class ChoiceJudge implements Judge {

  private final Fold fold;
  private final Texts texts;
  private final ChoiceScores scores = new ChoiceScores();
  private final List<Judgement> judgements = new ArrayList<>();

  ChoiceJudge(Fold fold, Texts texts) {
    this.fold = fold;
    this.texts = texts;
  }

  @Override
  public void add(List<Sample> samples, float[][] images) {
    List<Sample.Choice> cases =
        samples.stream().map(sample -> Judge.as(Sample.Choice.class, sample)).toList();
    float[][] options =
        texts.encode(cases.stream().flatMap(choice -> choice.options().stream()).toList());
    int from = 0;
    for (int i = 0; i < images.length; i++) {
      Sample.Choice choice = cases.get(i);
      int to = from + choice.options().size();
      float[] similarities = Columns.of(Arrays.copyOfRange(options, from, to)).times(images[i]);
      from = to;
      int best = ChoiceScores.best(similarities);
      boolean right = best == choice.answer();
      scores.add(right, choice.group());
      judgements.add(
          new Judgement(
              choice.key(), right, best, ChoiceScores.margin(similarities, choice.answer())));
    }
  }

  @Override
  public Verdict verdict() {
    Metrics metrics =
        switch (fold) {
          case ORDER -> scores.order();
          case ATTRIBUTION -> scores.attribution();
          case RELATION -> scores.relation(symmetric());
        };
    return new Verdict(metrics, judgements);
  }

  private record Symmetric(String source, String meaning, List<String> symmetric_relations) {}

  private static Set<String> symmetric() {
    try (InputStream in = ChoiceJudge.class.getResourceAsStream("/aro-symmetric-relations.json")) {
      var read = JsonMapper.builder().build().readValue(in, Symmetric.class);
      return Set.copyOf(read.symmetric_relations);
    } catch (IOException e) {
      throw new UncheckedIOException("the list of relations is part of this jar", e);
    }
  }
}
