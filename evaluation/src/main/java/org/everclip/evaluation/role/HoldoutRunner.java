package org.everclip.evaluation.role;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.TaskOutcome;
import org.everclip.evaluation.TaskRunner;
import org.everclip.evaluation.holdout.FrozenHoldout;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.RgbImage;

/**
 * Runs frozen holdouts on one model. The set of all periods and those of single ones overlap, so
 * each picture and caption is embedded once; what is kept are embeddings, at most as many as the
 * frozen sets have pairs. For one thread.
 */
final class HoldoutRunner {

  private static final int BATCH = 32;

  private final TaskRunner runner;

  HoldoutRunner(EvaluatedModel model) {
    this.runner = new TaskRunner(new Remembering(model), BATCH);
  }

  TaskOutcome run(FrozenHoldout holdout) throws UnavailableException {
    return runner.run(holdout);
  }

  /** A model that remembers what it embedded; preprocessed pictures are told apart by content. */
  private record Remembering(
      EvaluatedModel model, Map<String, float[]> images, Map<String, float[]> texts)
      implements EvaluatedModel {

    Remembering(EvaluatedModel model) {
      this(model, new HashMap<>(), new HashMap<>());
    }

    @Override
    public RgbImage preprocess(RgbImage image) {
      return model.preprocess(image);
    }

    @Override
    public float[][] encodeImages(List<RgbImage> squares) {
      List<String> keys = squares.stream().map(square -> Sha256.hex(square.pixels())).toList();
      embed(keys, squares, images, model::encodeImages);
      return keys.stream().map(images::get).toArray(float[][]::new);
    }

    @Override
    public float[][] encodeTexts(List<String> wanted) {
      embed(wanted, wanted, texts, model::encodeTexts);
      return wanted.stream().map(texts::get).toArray(float[][]::new);
    }

    /**
     * Embeds what is not known yet. Batches are always full, with repetitions: so a row has the
     * same bits whatever was known before.
     */
    private static <T> void embed(
        List<String> keys,
        List<T> things,
        Map<String, float[]> known,
        Function<List<T>, float[][]> encoder) {
      var missing = new LinkedHashMap<String, T>();
      for (int i = 0; i < keys.size(); i++) {
        if (!known.containsKey(keys.get(i))) {
          missing.put(keys.get(i), things.get(i));
        }
      }
      if (missing.isEmpty()) {
        return;
      }
      var batch = new ArrayList<T>(missing.values());
      for (int i = 0; batch.size() < BATCH; i++) {
        batch.add(batch.get(i));
      }
      float[][] rows = encoder.apply(batch);
      int row = 0;
      for (String key : missing.keySet()) {
        known.put(key, rows[row++]);
      }
    }

    @Override
    public float logitScale() {
      return model.logitScale();
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
