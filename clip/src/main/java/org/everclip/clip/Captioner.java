package org.everclip.clip;

import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
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
 * A CoCa model that writes captions. A caption depends on its picture, decoding and seed and on how
 * many captions a picture gets, not on the other pictures. Owns its native memory; any number of
 * threads may call it at once.
 */
public final class Captioner implements AutoCloseable {

  /** Where the randomness of a row comes from: uniform in [0, 1) for a row and length so far. */
  interface Draws {
    double at(int row, int length);
  }

  /** Rows that are decoded together at most, if one picture does not need more. */
  private static final int ROWS = 40;

  private static final int PICTURES = 16;

  private static final long PADDING = 0;

  /** What stands for bytes that are no character. */
  private static final Pattern BROKEN = Pattern.compile("\\s*\\x{fffd}+");

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
    var rows = Arrays.stream(seeds).mapToObj(seed -> new long[] {seed}).toArray(long[][]::new);
    return caption(squares, decoding, rows).stream().map(captions -> captions.get(0)).toList();
  }

  /**
   * Returns for each picture one caption per seed; the picture is looked at once.
   *
   * @param squares of the size of the preprocessing
   * @param seeds for each picture, equally many
   */
  public List<List<String>> caption(List<RgbImage> squares, Decoding decoding, long[][] seeds) {
    int each = seeds.length == 0 ? 0 : seeds[0].length;
    boolean even = Arrays.stream(seeds).allMatch(row -> row.length == each);
    if (seeds.length != squares.size() || !even || (each == 0 && seeds.length > 0)) {
      throw new IllegalArgumentException(
          "Expected equally many seeds, at least one, for each of %d pictures, but got %s"
              .formatted(squares.size(), Arrays.stream(seeds).map(row -> row.length).toList()));
    }
    var pixels = new ArrayList<float[]>();
    for (var square : squares) {
      var values = new float[3 * preprocessing.size() * preprocessing.size()];
      preprocessing.toTensor(square, values, 0);
      pixels.add(values);
    }
    var ids =
        generate(
            pixels,
            each,
            decoding,
            (row, length) -> SeededDraws.at(seeds[row / each][row % each], length));
    var captions = new ArrayList<List<String>>();
    for (int picture = 0; picture < seeds.length; picture++) {
      var rows = Arrays.copyOfRange(ids, picture * each, (picture + 1) * each);
      captions.add(Arrays.stream(rows).map(row -> sentence(tokenizer.decode(row))).toList());
    }
    return captions;
  }

  /**
   * Returns {@code each} sequences per picture of {@code decoding.maxLength()} ids: start, ids,
   * end, padding.
   */
  long[][] generate(List<float[]> pixels, int each, Decoding decoding, Draws draws) {
    var all = new ArrayList<long[]>();
    int most = picturesTogether(each);
    for (int from = 0; from < pixels.size(); from += most) {
      int first = from * each;
      var group = pixels.subList(from, Math.min(pixels.size(), from + most));
      try (var scope = runtime.scope()) {
        var memory = memory(group, most, scope);
        var ids =
            sequences(
                memory,
                group.size() * each,
                most * each,
                decoding,
                (row, length) -> draws.at(first + row, length));
        all.addAll(Arrays.asList(ids));
      }
    }
    return all.toArray(long[][]::new);
  }

  /** A power of two, so that a batch of such a size is made of full groups. */
  static int picturesTogether(int each) {
    int most = Math.max(1, Math.min(PICTURES, ROWS / Math.max(1, each)));
    return Integer.highestOneBit(most);
  }

  /**
   * What the decoder sees of the pictures. Each picture is computed alone and the group is filled
   * up with the first, so that all shapes, and so all bits, are the same for any company.
   */
  private NDList memory(List<float[]> group, int pictures, NDManager scope) {
    long side = preprocessing.size();
    var tokens = new NDList();
    for (var pixels : group) {
      var picture = scope.create(pixels, new Shape(1, 3, side, side));
      tokens.add(runtime.call("image_tokens", scope, picture));
    }
    while (tokens.size() < pictures) {
      tokens.add(tokens.get(0));
    }
    return runtime.call("caption_memory", scope, List.of(), NDArrays.concat(tokens));
  }

  /** Returns the first {@code rows} of {@code size} rows. */
  private long[][] sequences(NDList memory, int rows, int size, Decoding decoding, Draws draws) {
    int length = Math.min(decoding.maxLength(), contextLength);
    var ids = new long[rows][length];
    for (var row : ids) {
      row[0] = tokenizer.startId();
    }
    var last = new long[size];
    Arrays.fill(last, tokenizer.startId());
    var finished = new boolean[rows];
    try (var scope = runtime.scope()) {
      var cache =
          runtime.call(
              "caption_cache",
              scope,
              List.of(),
              scope.create(new Shape(size)),
              scope.create(new Shape(length - 1)));
      for (int t = 1; t < length && !all(finished); t++) {
        float[] logits = nextLogits(cache, memory, last, t - 1);
        var row = new double[logits.length / size];
        for (int i = 0; i < rows; i++) {
          if (!finished[i]) {
            for (int word = 0; word < row.length; word++) {
              row[word] = logits[i * row.length + word];
            }
            last[i] = next(row, ids[i], t, length, decoding, draws.at(i, t));
            ids[i][t] = last[i];
            finished[i] = last[i] == tokenizer.endId() || last[i] == PADDING;
          }
        }
      }
    }
    return ids;
  }

  private long next(
      double[] logits, long[] ids, int length, int maxLength, Decoding decoding, double draw) {
    if (length + 1 == maxLength && decoding.method().forcesEnd()) {
      return tokenizer.endId();
    }
    if (length < decoding.minLength()) {
      logits[tokenizer.endId()] = Double.NEGATIVE_INFINITY;
    }
    Sampling.penalize(logits, ids, length, decoding.repetitionPenalty());
    return Sampling.choose(logits, decoding, draw);
  }

  private float[] nextLogits(NDList cache, NDList memory, long[] last, int place) {
    try (var scope = runtime.scope()) {
      return runtime
          .call(
              "caption_next",
              scope,
              List.of(cache, memory),
              scope.create(last),
              scope.create((long) place))
          .singletonOrThrow()
          .toFloatArray();
    }
  }

  /**
   * As the reinforced data sets were made: the text up to the first full stop. A character of which
   * not all bytes were chosen is left out.
   */
  static String sentence(String decoded) {
    var text = BROKEN.matcher(decoded).replaceAll("");
    int stop = text.indexOf('.');
    return (stop < 0 ? text : text.substring(0, stop)).strip();
  }

  private static Network network(Architecture architecture, Precision precision) {
    if (architecture.family() != Architecture.Family.COCA) {
      throw new IllegalArgumentException(
          "'" + architecture.name() + "' is not a captioner; give a CoCa model");
    }
    return Networks.forInference(architecture, precision, Form.TRAIN);
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
