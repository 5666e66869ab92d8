package org.everclip.clip.cost;

import java.util.Objects;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.FastVit;
import org.everclip.clip.network.Architecture.HybridVit;
import org.everclip.clip.network.Architecture.Mixer;
import org.everclip.clip.network.Architecture.VisionTransformer;
import org.everclip.clip.network.Form;

/**
 * Multiply-adds of an image tower, block by block; reference: architectures, section 2. A batch
 * norm costs none, so that folding saves the branches of 1 x 1 and 3 x 3 convolutions only.
 */
final class ImageMacs {

  private static final int EXPANSION_REDUCTION = 16;

  private final Architecture architecture;
  private final boolean train;

  ImageMacs(Architecture architecture, Form form) {
    this.architecture = architecture;
    this.train = form == Form.TRAIN;
  }

  long count() {
    if (architecture.fastVit() != null) {
      return fastVit(architecture.fastVit());
    }
    if (architecture.hybridVit() != null) {
      return hybrid(architecture.hybridVit());
    }
    return vit(Objects.requireNonNull(architecture.vit()));
  }

  private long fastVit(FastVit tower) {
    long first = tower.widths().get(0);
    long side = half(architecture.imageSize());
    boolean stemScale = Objects.requireNonNullElse(tower.stemScaleBranch(), true);
    long macs = mobileOne(first * 3, 3, side, stemScale);
    side = half(side);
    macs += mobileOne(first, 3, side, stemScale) + mobileOne(first * first, 1, side, stemScale);
    for (int stage = 0; stage < tower.depths().size(); stage++) {
      long width = tower.widths().get(stage);
      if (stage > 0) {
        side = half(side);
        macs += downsample(width, side, tower.squeezeExcite().get(stage));
      }
      boolean attends = tower.mixers().get(stage) == Mixer.ATTENTION;
      macs += attends ? convolution(width, 7, side) : 0;
      long block = feedForward(width, tower.ratio(), side);
      block += attends ? attention(width, side * side) : mobileOne(width, 3, side, true);
      macs += tower.depths().get(stage) * block;
    }
    long wide = 2L * tower.widths().get(tower.widths().size() - 1);
    macs += mobileOne(wide, 3, side, true) + 2 * wide * (wide / EXPANSION_REDUCTION);
    return macs + wide * architecture.embedDim();
  }

  private long downsample(long width, long side, boolean squeezeExcite) {
    long macs = convolution(width, 7, side) + (train ? convolution(width, 3, side) : 0);
    if (squeezeExcite) {
      long reduced = Math.max(8, (width / 4 + 4) / 8 * 8);
      macs += 2 * width * reduced;
    }
    return macs + mobileOne(width * width, 1, side, true);
  }

  /**
   * @param kernels pairs of channels that have a kernel between them
   * @param scale whether the train form has a 1 x 1 branch where the kernel is larger
   */
  private long mobileOne(long kernels, long size, long side, boolean scale) {
    boolean second = train && scale && size > 1;
    return convolution(kernels, size, side) + (second ? convolution(kernels, 1, side) : 0);
  }

  private static long feedForward(long width, long ratio, long side) {
    return convolution(width, 7, side) + 2 * convolution(ratio * width * width, 1, side);
  }

  private static long attention(long width, long tokens) {
    return 4 * width * width * tokens + 2 * tokens * tokens * width;
  }

  private static long convolution(long kernels, long size, long side) {
    return kernels * size * size * side * side;
  }

  private static long half(long side) {
    return (side + 1) / 2;
  }

  private long hybrid(HybridVit tower) {
    long width = tower.width();
    long stem = width / 4;
    long side = (architecture.imageSize() + 2L * tower.stemPadding() - 4) / 4 + 1;
    long macs = convolution(3 * stem, 4, side);
    side /= 2;
    macs += convolution(stem * stem, 2, side);
    side /= 2;
    macs += convolution(stem * width, 2, side);
    macs += TransformerMacs.layers(tower.layers(), width, side * side + 1);
    return macs + width * architecture.embedDim();
  }

  private long vit(VisionTransformer tower) {
    long width = tower.width();
    long embedDim = architecture.embedDim();
    long side = architecture.imageSize() / tower.patchSize();
    long tokens = side * side + 1;
    long macs = convolution(3 * width, tower.patchSize(), side);
    macs += TransformerMacs.layers(tower.layers(), width, tokens);
    if (tower.poolQueries() == 0) {
      return macs + width * embedDim;
    }
    long queries = tower.poolQueries();
    macs += 2 * queries * embedDim * embedDim + 2 * tokens * width * embedDim;
    return macs + 2 * queries * tokens * embedDim + embedDim * embedDim;
  }
}
