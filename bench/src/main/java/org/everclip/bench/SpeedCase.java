package org.everclip.bench;

import java.util.Locale;
import org.everclip.clip.network.Precision;

/**
 * What is measured.
 *
 * @param kind image, text (embeddings of a batch) or step (of training, reinforced)
 * @param channelsLast the layout; the reference may run the other one too, as the plain form
 */
record SpeedCase(String model, String kind, Precision precision, int batch, boolean channelsLast) {

  boolean trains() {
    return kind.equals("step");
  }

  SpeedCase plain() {
    return new SpeedCase(model, kind, Precision.FP32, batch, false);
  }

  /** What the option {@code --cases} selects by, for example {@code MobileCLIP2-S0/image/bf16}. */
  String label() {
    return model + "/" + kind + "/" + precision.name().toLowerCase(Locale.ROOT);
  }
}
