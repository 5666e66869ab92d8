package org.everclip.formats.datacompdr;

import java.util.ArrayList;
import java.util.List;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.Step;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * A stored picture in the form that DataCompDR's loaders replay. Augmentations here refer to the
 * picture padded to a white square; those loaders know no padding and fill with black what lies
 * outside. Crops are therefore moved by the margin where all of them lie inside the picture, and
 * else the square itself is the picture, as PNG.
 *
 * @param image encoded; not copied
 * @param augmentations that give the teachers' pixels when applied to {@code image}
 * @param padded whether the image is the square and not what was given
 */
@SuppressWarnings("ArrayRecordComponent")
public record ReplayPicture(byte[] image, List<Augmentation> augmentations, boolean padded) {

  /** The member that holds the picture as it was given where {@link #padded()}. */
  public static final String ORIGINAL = "original";

  public ReplayPicture {
    augmentations = List.copyOf(augmentations);
  }

  /**
   * Converts.
   *
   * @param stored a picture in normal form
   * @param onSquare augmentations of that picture padded to a square
   * @throws IllegalArgumentException when the picture cannot be decoded
   */
  public static ReplayPicture of(byte[] stored, List<Augmentation> onSquare) {
    RgbImage picture = new ImageDecoder(ImageLimits.defaults()).decodeTrusted(stored);
    if (picture.width() == picture.height()) {
      return new ReplayPicture(stored, onSquare, false);
    }
    int side = Math.max(picture.width(), picture.height());
    int down = (side - picture.height()) / 2;
    int right = (side - picture.width()) / 2;
    List<Augmentation> moved = new ArrayList<>();
    for (Augmentation augmentation : onSquare) {
      if (!augmentation.steps().isEmpty()
          && augmentation.steps().get(0) instanceof Step.ResizedCrop crop
          && crop.top() >= down
          && crop.left() >= right
          && crop.top() + crop.height() <= down + picture.height()
          && crop.left() + crop.width() <= right + picture.width()) {
        moved.add(moved(augmentation, crop, -down, -right));
      }
    }
    return moved.size() == onSquare.size()
        ? new ReplayPicture(stored, moved, false)
        : new ReplayPicture(ImageEncoder.png(Preprocessing.padToSquare(picture)), onSquare, true);
  }

  private static Augmentation moved(
      Augmentation augmentation, Step.ResizedCrop crop, int down, int right) {
    List<Step> steps = new ArrayList<>(augmentation.steps());
    steps.set(
        0,
        new Step.ResizedCrop(crop.top() + down, crop.left() + right, crop.height(), crop.width()));
    return new Augmentation(steps);
  }
}
