package org.everclip.clip.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.List;
import org.everclip.clip.script.TorchScript;
import org.jspecify.annotations.Nullable;

/**
 * The losses of the training step as plain functions of embeddings, in the precision of the
 * arguments (float32 or float64). The compiled text belongs to the manager given to {@link #load};
 * any thread may call.
 */
public final class Losses {

  /**
   * How far a student is from its teachers in one direction.
   *
   * @param crossEntropy under the teachers' mean distribution
   * @param divergence the mean over the teachers of the Kullback-Leibler divergence; it is smaller
   *     by the teachers' mean entropy
   */
  public record Distance(double crossEntropy, double divergence) {}

  /**
   * The losses of one set of captions.
   *
   * @param clip symmetric contrastive loss
   * @param imageToText over the captions of each picture
   * @param textToImage over the pictures of each caption
   */
  public record Pair(double clip, Distance imageToText, Distance textToImage) {

    public double distill(Objective.Distillation form) {
      return switch (form) {
        case CROSS_ENTROPY -> (imageToText.crossEntropy + textToImage.crossEntropy) / 2;
        case DIVERGENCE -> (imageToText.divergence + textToImage.divergence) / 2;
      };
    }

    /** MobileCLIP Eq. 2; the sum over two sets of captions is Eq. 3. */
    public double total(double lambda, Objective.Distillation form) {
      return (1 - lambda) * clip + lambda * distill(form);
    }
  }

  private static final String MEASURE =
      """
        def measure(self, ti: List[Tensor], tt: List[Tensor], u: Tensor, v: Tensor, s: Tensor, scales: Tensor) -> Tensor:
          z = self.logits(s, u, v)
          rows = self.crossentropy(self.teachers(scales, ti, tt), z)
          columns = self.crossentropy(self.teachers(scales, tt, ti), torch.t(z))
          rows_kl = self.divergence(scales, ti, tt, z)
          columns_kl = self.divergence(scales, tt, ti, torch.t(z))
          return torch.stack([self.contrastive(z), rows, rows_kl, columns, columns_kl])

        def measure_compatibility(self, t: List[Tensor], parent: Tensor, z: Tensor, h: Tensor) -> Tensor:
          taught = bool(torch.gt(h[1], 0.))
          rows = [torch.softmax(t[0], 1)] if taught else annotate(List[Tensor], [])
          columns = [torch.softmax(torch.t(t[0]), 1)] if taught else annotate(List[Tensor], [])
          return self.compatibility(float(h[0]), bool(torch.gt(h[2], 0.)), parent, rows, columns, z)

        def measure_sigmoid(self, u: Tensor, v: Tensor, s: Tensor, bias: Tensor) -> Tensor:
          return self.sigmoid(self.logits(s, u, v) + bias)

        def measure_captioning(self, z: Tensor, ids: Tensor, smoothing: Tensor) -> Tensor:
          return self.captioning(z, ids, float(smoothing))
      """;

  private final TorchScript script;

  private Losses(TorchScript script) {
    this.script = script;
  }

  public static Losses load(NDManager manager) {
    return new Losses(TorchScript.load(manager, LossSource.METHODS.indent(2) + MEASURE));
  }

  /**
   * Measures one set of captions. No array may be given twice.
   *
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
      double[] values =
          call(
              "measure",
              scope,
              List.of(new NDList(teacherImages), new NDList(teacherCaptions)),
              images,
              captions,
              scale,
              teacherScales);
      return new Pair(
          values[0], new Distance(values[1], values[2]), new Distance(values[3], values[4]));
    }
  }

  /**
   * The term with the parent before its weight, see {@link Compatibility}.
   *
   * @param student [B, B] logits of pictures (rows) against captions
   * @param parent likewise
   * @param teacher likewise, or null where there is none
   */
  public double compatibility(
      NDArray student, NDArray parent, @Nullable NDArray teacher, Compatibility term) {
    try (NDManager scope = student.getManager().newSubManager()) {
      boolean everywhere = term.mask() == Compatibility.Mask.ALL;
      NDArray settings =
          scope.create(
              new double[] {term.temperature(), teacher == null ? 0 : 1, everywhere ? 1 : 0});
      return call(
          "measure_compatibility",
          scope,
          List.of(teacher == null ? new NDList() : new NDList(teacher)),
          parent,
          student,
          settings)[0];
    }
  }

  /**
   * SigLIP's loss: each pair for itself, matching or not; the sum divided by the number of rows.
   *
   * @param images unit rows
   * @param captions unit rows
   * @param scale factor of the cosines
   * @param bias added to each logit
   */
  public double sigmoid(NDArray images, NDArray captions, NDArray scale, NDArray bias) {
    try (NDManager scope = images.getManager().newSubManager()) {
      return call("measure_sigmoid", scope, List.of(), images, captions, scale, bias)[0];
    }
  }

  /**
   * CoCa's captioning loss: the mean cross-entropy of the next ids, computed in float32.
   *
   * @param logits [B, T, vocabulary]
   * @param ids [B, T] of int64, what each position should say; 0 does not count
   * @param smoothing what share of a target is spread over all ids
   */
  public double captioning(NDArray logits, NDArray ids, double smoothing) {
    try (NDManager scope = logits.getManager().newSubManager()) {
      return call("measure_captioning", scope, List.of(), logits, ids, scope.create(smoothing))[0];
    }
  }

  private double[] call(String method, NDManager scope, List<NDList> lists, NDArray... tensors) {
    return script
        .call(method, false, scope, lists, tensors)
        .singletonOrThrow()
        .toType(DataType.FLOAT64, false)
        .toDoubleArray();
  }
}
