package org.everclip.formats.augment;

import java.util.List;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;

/**
 * The parameters a of an augmentation A(x; a): its transforms with what was drawn for them. Storing
 * them is enough to see the same pixels again, on any machine (reference: augmentations, all of it
 * checked against published goldens).
 *
 * @param steps in the order of application
 */
public record Augmentation(List<Step> steps) {
  public Augmentation {
    steps = List.copyOf(steps);
  }

  /**
   * Reads the stored form, a JSON list with one entry a transform.
   *
   * @throws IllegalArgumentException when it is not that form
   */
  public static Augmentation parse(String json) {
    return AugmentationJson.parse(json);
  }

  /** Returns the stored form, in the layout of the published sets. */
  public String toJson() {
    return AugmentationJson.write(this);
  }

  /**
   * Replays the augmentation for a student whose pictures are {@code size} pixels. Crops are scaled
   * with the bicubic filter; magnitudes are never rescaled.
   */
  public RgbImage apply(RgbImage source, int size) {
    return apply(source, size, Filter.BICUBIC);
  }

  RgbImage apply(RgbImage source, int size, Filter filter) {
    RgbImage image = source;
    for (Step step : steps) {
      image = apply(step, image, size, filter);
    }
    return image;
  }

  private static RgbImage apply(Step step, RgbImage image, int size, Filter filter) {
    if (step instanceof Step.ResizedCrop crop) {
      RgbImage box = image.crop(crop.left(), crop.top(), crop.width(), crop.height());
      return Resampler.resize(box, size, size, filter);
    }
    if (step instanceof Step.Operations list) {
      for (Operation operation : list.operations()) {
        image = apply(operation, image);
      }
      return image;
    }
    if (step instanceof Step.Flip flip) {
      return flip.applied() ? Geometry.mirror(image) : image;
    }
    if (step instanceof Step.Skipped) {
      return image;
    }
    if (step instanceof Step.Resize resize) {
      return Geometry.resizeShorter(image, resize.size());
    }
    if (step instanceof Step.RandomCrop crop) {
      return Geometry.padAndCrop(image, crop.top(), crop.left(), size);
    }
    if (step instanceof Step.Erase erase) {
      return Geometry.erase(image, erase);
    }
    throw new AssertionError("unhandled " + step);
  }

  private static RgbImage apply(Operation operation, RgbImage image) {
    double m = operation.magnitude();
    return switch (operation.kind()) {
      case IDENTITY -> image;
      case SHEAR_X -> Geometry.shearX(image, m);
      case SHEAR_Y -> Geometry.shearY(image, m);
      case TRANSLATE_X -> Geometry.translate(image, (int) m, 0);
      case TRANSLATE_Y -> Geometry.translate(image, 0, (int) m);
      case ROTATE -> Geometry.rotate(image, m);
      case BRIGHTNESS -> Tones.brightness(image, m);
      case COLOR -> Tones.color(image, m);
      case CONTRAST -> Tones.contrast(image, m);
      case SHARPNESS -> Tones.sharpness(image, m);
      case POSTERIZE -> Tones.posterize(image, (int) m);
      case SOLARIZE -> Tones.solarize(image, m);
      case AUTO_CONTRAST -> Tones.autoContrast(image);
      case EQUALIZE -> Tones.equalize(image);
    };
  }
}
