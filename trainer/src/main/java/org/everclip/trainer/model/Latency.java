package org.everclip.trainer.model;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizers;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;

/** How long one picture and one text take, after decoding and tokenizing. */
final class Latency {

  private static final int WARM_UP = 10;
  private static final int RUNS = 30;

  private Latency() {}

  /** Medians of {@link #RUNS} calls with one row each. */
  record Figures(
      double millisP50ImageAndText, double millisP50Image, double millisP50Text, int runs) {}

  static Figures of(Path directory, Precision precision, ClipVocabulary vocabulary)
      throws IOException {
    try (ClipModel model = ClipModel.load(directory, precision, vocabulary)) {
      return measure(model);
    }
  }

  /** Time does not depend on the weights' values. */
  static Figures ofRandomWeights(Architecture architecture, Precision precision) {
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    try (NDManager scope = NDManager.newBaseManager("PyTorch");
        Weights weights = Weights.initialize(network, scope, 1);
        ClipModel model =
            ClipModel.of(
                architecture,
                weights,
                Tokenizers.train(List.of("a cat", "a cat"), 515),
                Preprocessing.openAi(architecture.imageSize()),
                precision)) {
      return measure(model);
    }
  }

  private static Figures measure(ClipModel model) {
    int side = model.architecture().imageSize();
    float[] pixels = new float[3 * side * side];
    Arrays.fill(pixels, 0.5f);
    long[][] ids = new long[1][model.contextLength()];
    ids[0][0] = 1;
    ids[0][1] = model.architecture().text().vocabularySize() - 1;
    double[] image = new double[RUNS];
    double[] text = new double[RUNS];
    double[] both = new double[RUNS];
    for (int run = -WARM_UP; run < RUNS; run++) {
      long begin = System.nanoTime();
      model.encodeImagePixels(pixels, 1);
      long middle = System.nanoTime();
      model.encodeIds(ids);
      long end = System.nanoTime();
      if (run >= 0) {
        image[run] = (middle - begin) / 1e6;
        text[run] = (end - middle) / 1e6;
        both[run] = (end - begin) / 1e6;
      }
    }
    return new Figures(median(both), median(image), median(text), RUNS);
  }

  private static double median(double[] millis) {
    Arrays.sort(millis);
    double middle = (millis[(RUNS - 1) / 2] + millis[RUNS / 2]) / 2;
    return Math.round(middle * 1000) / 1000.0;
  }
}
