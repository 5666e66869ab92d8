package org.everclip.trainer.offline;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.everclip.clip.training.StepResult;

/** The curves of a run as CSV, complete up to the last written line at any time. */
final class Curves implements AutoCloseable {

  private final Writer writer;

  Curves(Path file) throws IOException {
    writer = Files.newBufferedWriter(file);
    writer.write(
        "step,loss,loss_clip,loss_other,learning_rate,gradient_norm,logit_scale,recall_at_1,recall_at_5,zero_shot\n");
  }

  /**
   * @param scores means over the held-out sets, or empty
   */
  void add(long step, double rate, StepResult result, List<HeldOut.Scores> scores) {
    StringBuilder line = new StringBuilder();
    line.append(
        String.format(
            Locale.ROOT,
            "%d,%.5f,%.5f,%.5f,%.3g,%.4f,%.3f",
            step,
            result.loss(),
            result.lossClip(),
            result.lossDistill(),
            rate,
            result.gradientNorm(),
            result.logitScale()));
    for (HeldOut.Scores score : scores) {
      line.append(
          String.format(
              Locale.ROOT,
              ",%.2f,%.2f,%.2f",
              score.recallAt1(),
              score.recallAt5(),
              score.accuracy()));
    }
    try {
      writer.write((scores.isEmpty() ? line + ",,," : line) + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("The curves could not be written", e);
    }
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
