package org.everclip.trainer.round;

import java.util.List;
import org.everclip.clip.training.Batch;

/**
 * A batch that is ready for its step.
 *
 * @param stepInRound counted from 0
 * @param pairIds row by row
 * @param seconds that making it took
 */
public record TrainingBatch(int stepInRound, List<String> pairIds, Batch batch, double seconds) {
  public TrainingBatch {
    pairIds = List.copyOf(pairIds);
  }
}
