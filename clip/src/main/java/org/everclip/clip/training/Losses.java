package org.everclip.clip.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.everclip.clip.script.TorchScript;

/**
 * The losses of the training step as plain functions of embeddings, in the precision of the
 * arguments (float32 or float64). The compiled text belongs to the manager given to {@link #load};
 * any thread may call.
 */
public final class Losses {

  /**
   * The losses of one set of captions.
   *
   * @param clip symmetric contrastive loss
   * @param imageToText cross-entropy of the student under the teachers' mean distribution over
   *     captions
   * @param textToImage the same with pictures and captions swapped
   */
  public record Pair(double clip, double imageToText, double textToImage) {

    public double distill() {
      return (imageToText + textToImage) / 2;
    }

    /** MobileCLIP Eq. 2. */
    public double total(double lambda) {
      return (1 - lambda) * clip + lambda * distill();
    }
  }

  private static final String MEASURE =
      """
        def measure(self, ti: List[Tensor], tt: List[Tensor], u: Tensor, v: Tensor, s: Tensor, scales: Tensor) -> Tensor:
          z = self.logits(s, u, v)
          rows = self.crossentropy(self.teachers(scales, ti, tt), z)
          columns = self.crossentropy(self.teachers(scales, tt, ti), torch.t(z))
          return torch.stack([self.contrastive(z), rows, columns])
      """;

  private final TorchScript script;

  private Losses(TorchScript script) {
    this.script = script;
  }

  public static Losses load(NDManager manager) {
    return new Losses(TorchScript.load(manager, LossSource.METHODS.indent(2) + MEASURE));
  }

  /**
   * @param images unit rows of the student
   * @param captions unit rows of the student
   * @param scale the student's logit scale, exp(logit_scale)
   * @param teacherImages unit rows, one array per teacher
   * @param teacherCaptions unit rows, one array per teacher
   * @param teacherScales one value per teacher, in the type of the rows
   */
  public Pair measure(
      NDArray images,
      NDArray captions,
      NDArray scale,
      List<NDArray> teacherImages,
      List<NDArray> teacherCaptions,
      NDArray teacherScales) {
    try (NDManager scope = images.getManager().newSubManager()) {
      NDArray losses =
          script
              .call(
                  "measure",
                  false,
                  scope,
                  List.of(list(teacherImages), list(teacherCaptions)),
                  images,
                  captions,
                  scale,
                  teacherScales)
              .singletonOrThrow();
      double[] values = losses.toType(ai.djl.ndarray.types.DataType.FLOAT64, false).toDoubleArray();
      return new Pair(values[0], values[1], values[2]);
    }
  }

  private static NDList list(List<NDArray> arrays) {
    return new NDList(arrays);
  }
}
