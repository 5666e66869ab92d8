package org.everclip.clip.cost;

import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Architecture.Family;
import org.everclip.clip.network.Architecture.Text;

/** Multiply-adds of transformers whose feed-forward layers are four times as wide. */
final class TransformerMacs {

  private static final long RATIO = 4;
  private static final long TEXT_KERNEL = 11;

  private TransformerMacs() {}

  /** Projections of queries, keys, values and results, the two products, two linear layers. */
  static long layers(long layers, long width, long tokens) {
    return layers * ((4 + 2 * RATIO) * width * width * tokens + 2 * tokens * tokens * width);
  }

  static long ofText(Text text, Architecture architecture) {
    long width = text.width();
    // CoCa appends a token of its own.
    long tokens = text.contextLength() + (architecture.family() == Family.COCA ? 1 : 0);
    long macs = layers(text.layers(), width, tokens) + width * architecture.embedDim();
    if (text.mixerBlocks()) {
      long mixer = TEXT_KERNEL * width * tokens;
      long feedForward = (TEXT_KERNEL * width + 2 * RATIO * width * width) * tokens;
      macs += 2 * (mixer + feedForward);
    }
    return macs;
  }
}
