package org.everclip.evaluation.judge;

import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.Metrics;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;

/** Takes in a task's samples with the embeddings of their pictures. Not thread-safe. */
public interface Judge {

  /**
   * Judges some samples.
   *
   * @param images unit rows of all their pictures, in order
   */
  void add(List<Sample> samples, float[][] images);

  /** What all samples gave together; at least one was added. */
  Verdict verdict();

  /**
   * The result of a task.
   *
   * @param judgements in the order of the samples
   */
  record Verdict(Metrics metrics, List<Judgement> judgements) {}

  /** The judge of a task's form. */
  static Judge of(SampleSource source, Texts texts, double logitScale) {
    Scoring scoring = source.scoring();
    if (scoring instanceof Scoring.Classification classification) {
      return new ClassificationJudge(classification, source, texts, logitScale);
    }
    if (scoring instanceof Scoring.Retrieval) {
      return new RetrievalJudge(texts);
    }
    if (scoring instanceof Scoring.MultiLabel) {
      return new MultiLabelJudge(texts.classifier(source.classNames(), source.templates()));
    }
    if (scoring instanceof Scoring.Association) {
      return new AssociationJudge(texts);
    }
    if (scoring instanceof Scoring.Choice choice) {
      return new ChoiceJudge(choice.fold(), texts);
    }
    return new FaceJudge(source, texts);
  }

  /** A sample of the form that the judge was made for. */
  static <T extends Sample> T as(Class<T> form, Sample sample) {
    if (!form.isInstance(sample)) {
      throw new IllegalArgumentException(
          "sample %s is no %s".formatted(sample.key(), form.getSimpleName()));
    }
    return form.cast(sample);
  }
}
