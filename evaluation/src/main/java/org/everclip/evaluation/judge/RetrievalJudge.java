package org.everclip.evaluation.judge;

import java.util.ArrayList;
import java.util.List;
import org.everclip.evaluation.TaskOutcome.Judgement;
import org.everclip.evaluation.metric.Retrieval;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.Sample;

/** Image-text retrieval in both directions; the only judge that keeps all embeddings. */
final class RetrievalJudge implements Judge {

  /** Rank that counts as right for a sample's flips. */
  private static final int TOP = 5;

  private final Texts texts;
  private final List<float[]> images = new ArrayList<>();
  private final List<String> keys = new ArrayList<>();
  private final List<float[]> captions = new ArrayList<>();
  private final List<Integer> owners = new ArrayList<>();

  RetrievalJudge(Texts texts) {
    this.texts = texts;
  }

  @Override
  public void add(List<Sample> samples, float[][] rows) {
    var batch = new ArrayList<String>();
    for (int i = 0; i < rows.length; i++) {
      var sample = Judge.as(Sample.Captioned.class, samples.get(i));
      for (String caption : sample.captions()) {
        batch.add(caption);
        owners.add(images.size());
      }
      images.add(rows[i]);
      keys.add(sample.key());
    }
    captions.addAll(List.of(texts.encode(batch)));
  }

  @Override
  public Verdict verdict() {
    if (captions.isEmpty()) {
      throw new DamagedDataException("no image has a caption");
    }
    int[] owner = owners.stream().mapToInt(Integer::intValue).toArray();
    Retrieval found =
        Retrieval.of(images.toArray(float[][]::new), captions.toArray(float[][]::new), owner);
    var judgements = new ArrayList<Judgement>();
    for (int i = 0; i < keys.size(); i++) {
      int rank = found.imageRanks()[i];
      judgements.add(
          new Judgement("image " + keys.get(i), rank < TOP, rank, found.imageMargins()[i]));
    }
    int ofImage = 0;
    for (int t = 0; t < owner.length; t++) {
      ofImage = t > 0 && owner[t] == owner[t - 1] ? ofImage + 1 : 0;
      int rank = found.captionRanks()[t];
      judgements.add(
          new Judgement(
              "caption " + ofImage + " of " + keys.get(owner[t]),
              rank < TOP,
              rank,
              found.captionMargins()[t]));
    }
    return new Verdict(found.metrics(), judgements);
  }
}
