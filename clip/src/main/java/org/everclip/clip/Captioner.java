package org.everclip.clip;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * A CoCa model that writes captions. A caption depends on its picture, decoding and seed, not on
 * the other rows of its batch. Owns its native memory; any number of threads may call it at once.
 */
public final class Captioner implements AutoCloseable {

  /** Where the randomness of a row comes from: uniform in [0, 1) for a row and length so far. */
  interface Draws {
    double at(int row, int length);
  }

  private final String name;
  private final String weightsSha256;
  private final int contextLength;
  private final Preprocessing preprocessing;
  private final Tokenizer tokenizer;
  private final Runtime runtime;

  private Captioner(
      Architecture architecture,
      Preprocessing preprocessing,
      Tokenizer tokenizer,
      String weightsSha256,
      Runtime runtime) {
    this.name = architecture.name();
    this.weightsSha256 = weightsSha256;
    this.contextLength = architecture.text().contextLength();
    this.preprocessing = preprocessing;
    this.tokenizer = tokenizer;
    this.runtime = runtime;
  }

  /**
   * Opens a model directory or an open_clip folder; see {@link ModelDirectory}.
   *
   * @throws IllegalArgumentException if the model is not a captioner
   */
  public static Captioner load(Path directory, Precision precision) throws IOException {
    var model = ModelDirectory.read(directory);
    var network = network(model.architecture(), precision);
    try (var scope = NDManager.newBaseManager("PyTorch");
        var weights = model.runningWeights(scope)) {
      return new Captioner(
          model.architecture(),
          model.preprocessing(),
          model.tokenizer(),
          Hashes.ofFile(model.runningFile()),
          Runtime.of(network, weights));
    }
  }

  /** A captioner of weights in memory; they are copied, not taken over. */
  public static Captioner of(
      Architecture architecture,
      Weights weights,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      Precision precision) {
    var runtime = Runtime.of(network(architecture, precision), weights);
    return new Captioner(architecture, preprocessing, tokenizer, Hashes.ofValues(weights), runtime);
  }

  public String name() {
    return name;
  }

  /** SHA-256 of the weights file, lower-case hex. */
  public String weightsSha256() {
    return weightsSha256;
  }

  public Preprocessing preprocessing() {
    return preprocessing;
  }

  /** Returns one caption per picture; pictures have the size of the preprocessing. */
  public List<String> caption(List<RgbImage> squares, Decoding decoding, long[] seeds) {
    if (seeds.length != squares.size()) {
      throw new IllegalArgumentException(
          "Expected one seed per picture, " + squares.size() + ", but got " + seeds.length);
    }
    int size = 3 * preprocessing.size() * preprocessing.size();
    var captions = new ArrayList<String>();
    for (int from = 0; from < squares.size(); ) {
      int first = from;
      int rows = Math.min(Runtime.bucket(squares.size() - first), squares.size() - first);
      var pixels = new float[Runtime.bucket(rows) * size];
      for (int row = 0; row < rows; row++) {
        preprocessing.toTensor(squares.get(first + row), pixels, row * size);
      }
      var ids =
          generate(
              pixels, rows, decoding, (row, length) -> SeededDraws.at(seeds[first + row], length));
      for (var sequence : ids) {
        captions.add(sentence(sequence));
      }
      from += rows;
    }
    return captions;
  }

  /** Returns a sequence of {@code decoding.maxLength()} ids per row: start, ids, end, padding. */
  long[][] generate(float[] pixels, int rows, Decoding decoding, Draws draws) {
    int length = Math.min(decoding.maxLength(), contextLength);
    int bucket = Runtime.bucket(rows);
    var ids = new long[bucket][length];
    for (var row : ids) {
      row[0] = tokenizer.startId();
    }
    try (var scope = runtime.scope()) {
      long side = preprocessing.size();
      var tokens =
          runtime.call(
              "image_tokens", scope, scope.create(pixels, new Shape(bucket, 3, side, side)));
      var finished = new boolean[rows];
      for (int t = 1; t < length && !all(finished); t++) {
        double[][] logits = nextLogits(tokens, ids, t);
        for (int row = 0; row < rows; row++) {
          if (!finished[row]) {
            ids[row][t] =
                t + 1 == length && decoding.method() != Decoding.Method.GREEDY
                    ? tokenizer.endId()
                    : next(logits[row], ids[row], t, decoding, draws.at(row, t));
            finished[row] = ids[row][t] == tokenizer.endId();
          }
        }
      }
    }
    return Arrays.copyOf(ids, rows);
  }

  private long next(double[] logits, long[] ids, int length, Decoding decoding, double draw) {
    if (length < decoding.minLength()) {
      logits[tokenizer.endId()] = Double.NEGATIVE_INFINITY;
    }
    Sampling.penalize(logits, ids, length, decoding.repetitionPenalty());
    return Sampling.choose(logits, decoding, draw);
  }

  private double[][] nextLogits(NDArray imageTokens, long[][] ids, int length) {
    try (var scope = runtime.scope()) {
      var prefix = new long[ids.length * length];
      for (int row = 0; row < ids.length; row++) {
        System.arraycopy(ids[row], 0, prefix, row * length, length);
      }
      var words = scope.create(prefix, new Shape(ids.length, length));
      float[] flat = runtime.call("next_logits", scope, imageTokens, words).toFloatArray();
      int vocabulary = flat.length / ids.length;
      var logits = new double[ids.length][vocabulary];
      for (int i = 0; i < flat.length; i++) {
        logits[i / vocabulary][i % vocabulary] = flat[i];
      }
      return logits;
    }
  }

  /** As the reinforced data sets were made: the text up to the first full stop. */
  private String sentence(long[] ids) {
    var text = tokenizer.decode(ids);
    int stop = text.indexOf('.');
    return (stop < 0 ? text : text.substring(0, stop)).strip();
  }

  private static Network network(Architecture architecture, Precision precision) {
    if (architecture.family() != Architecture.Family.COCA) {
      throw new IllegalArgumentException(
          "'" + architecture.name() + "' is not a captioner; give a CoCa model");
    }
    return Networks.create(architecture, precision, Form.TRAIN);
  }

  private static boolean all(boolean[] values) {
    for (boolean value : values) {
      if (!value) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    runtime.close();
  }

  /** The numbers of a seed: splitmix64. */
  private static final class SeededDraws {
    static double at(long seed, int length) {
      long z = seed + (length + 1) * 0x9e3779b97f4a7c15L;
      z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
      z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
      return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
    }
  }
}
