package org.everclip.clip.cost;

import java.util.function.Predicate;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.network.TensorSpec;

/**
 * Parameters, and multiply-adds for one picture and one text of full length: those of convolutions,
 * linear layers and attention products, as the reference counts them. Twice as many are the
 * floating-point operations.
 *
 * @param imageParameters of the image tower
 * @param textParameters of the text tower
 * @param decoderParameters of a captioner's decoder, else 0
 */
public record ModelCost(
    long imageParameters,
    long textParameters,
    long decoderParameters,
    long imageMacs,
    long textMacs) {

  /**
   * Counts for one form of a network.
   *
   * @throws IllegalArgumentException if the architecture has no such form, or no vocabulary size
   */
  public static ModelCost of(Architecture architecture, Form form) {
    var parameters = Networks.create(architecture, Precision.FP32, form).parameters();
    Predicate<TensorSpec> image = spec -> spec.name().matches("(visual|image_encoder)\\..*");
    Predicate<TensorSpec> decoder = spec -> spec.name().startsWith("text_decoder.");
    Predicate<TensorSpec> scale = spec -> spec.name().equals("logit_scale");
    return new ModelCost(
        sum(parameters, image),
        sum(parameters, image.or(decoder).or(scale).negate()),
        sum(parameters, decoder),
        new ImageMacs(architecture, form).count(),
        TransformerMacs.ofText(architecture.text(), architecture));
  }

  /** All of them, with the scale of the logits. */
  public long parameters() {
    return imageParameters + textParameters + decoderParameters + 1;
  }

  private static long sum(Iterable<TensorSpec> specs, Predicate<TensorSpec> counted) {
    long sum = 0;
    for (var spec : specs) {
      sum += counted.test(spec) ? spec.size() : 0;
    }
    return sum;
  }
}
