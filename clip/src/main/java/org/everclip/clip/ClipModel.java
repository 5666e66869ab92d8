package org.everclip.clip;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.ClipVocabulary;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.weights.Reparameterizer;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * A CLIP model that embeds pictures and texts. Owns its native memory; any number of threads may
 * call it at once. Rows are computed in batches padded to fixed sizes; a row's embedding may differ
 * in the last bits between sizes, but not by the company it has. Texts of a causal tower are cut
 * behind their end.
 */
public final class ClipModel implements AutoCloseable {

  private final Architecture architecture;
  private final Preprocessing preprocessing;
  private final Tokenizer tokenizer;
  private final String weightsSha256;
  private final float logitScale;
  private final TextLengths textLengths;
  private final Runtime runtime;

  private ClipModel(
      Architecture architecture,
      Preprocessing preprocessing,
      Tokenizer tokenizer,
      String weightsSha256,
      Form form,
      Weights weights,
      Precision precision) {
    this.architecture = architecture;
    this.preprocessing = preprocessing;
    this.tokenizer = tokenizer;
    this.weightsSha256 = weightsSha256;
    this.logitScale = (float) Math.exp(weights.get("logit_scale").toFloatArray()[0]);
    this.textLengths = new TextLengths(architecture);
    this.runtime = Runtime.of(Networks.forInference(architecture, precision, form), weights);
  }

  /** Opens a model directory or an open_clip folder; see {@link ModelDirectory}. */
  public static ClipModel load(Path directory, Precision precision) throws IOException {
    return load(directory, precision, ClipVocabulary.supplied());
  }

  /**
   * Opens a model directory or an open_clip folder; see {@link ModelDirectory}.
   *
   * @param vocabulary for a folder of open_clip that brings none
   */
  public static ClipModel load(Path directory, Precision precision, ClipVocabulary vocabulary)
      throws IOException {
    var model = ModelDirectory.read(directory);
    var tokenizer = model.tokenizer(vocabulary);
    try (var scope = NDManager.newBaseManager("PyTorch");
        var weights = model.runningWeights(scope)) {
      return new ClipModel(
          model.architecture(),
          model.preprocessing(),
          tokenizer,
          Hashes.ofFile(model.runningFile()),
          model.runningForm(),
          weights,
          precision);
    }
  }

  /**
   * A model of weights in the form that trains, for example to evaluate during training. The
   * weights are copied, not taken over; {@link #weightsSha256} is then over the tensors' values.
   */
  public static ClipModel of(
      Architecture architecture,
      Weights train,
      Tokenizer tokenizer,
      Preprocessing preprocessing,
      Precision precision) {
    var hash = Hashes.ofValues(train);
    if (!Networks.canBeReparameterized(architecture)) {
      return new ClipModel(
          architecture, preprocessing, tokenizer, hash, Form.TRAIN, train, precision);
    }
    try (var folded = Reparameterizer.reparameterize(architecture, train, train.manager())) {
      return new ClipModel(
          architecture, preprocessing, tokenizer, hash, Form.REPARAMETERIZED, folded, precision);
    }
  }

  public String name() {
    return architecture.name();
  }

  public Architecture architecture() {
    return architecture;
  }

  /** Length of an embedding. */
  public int embedDim() {
    return architecture.embedDim();
  }

  public int contextLength() {
    return architecture.text().contextLength();
  }

  public Preprocessing preprocessing() {
    return preprocessing;
  }

  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /** SHA-256 of the weights file that was loaded, lower-case hex. */
  public String weightsSha256() {
    return weightsSha256;
  }

  /** The factor between cosine and logit, exp of the learned parameter. */
  public float logitScale() {
    return logitScale;
  }

  /** Returns a row of length 1 for each picture, which must have the size of the preprocessing. */
  public float[][] encodeImages(List<RgbImage> squares) {
    int size = 3 * preprocessing.size() * preprocessing.size();
    var pixels = new float[Math.multiplyExact(size, squares.size())];
    for (int i = 0; i < squares.size(); i++) {
      preprocessing.toTensor(squares.get(i), pixels, i * size);
    }
    return rows(encodeImagePixels(pixels, squares.size()), squares.size());
  }

  /** Returns embeddings of length 1, row after row, for normalized pixels [batch,3,H,W]. */
  public float[] encodeImagePixels(float[] pixels, int batch) {
    if (batch == 0) {
      return new float[0];
    }
    int size = architecture.imageSize();
    if (pixels.length != (long) batch * 3 * size * size) {
      throw new IllegalArgumentException(
          "Model '%s' takes 3 x %d x %d values per picture, %d for %d pictures, but got %d"
              .formatted(name(), size, size, (long) batch * 3 * size * size, batch, pixels.length));
    }
    return runtime.floatRows("encode_image", pixels, batch, 3, size, size);
  }

  /** Returns a row of length 1 for each text. */
  public float[][] encodeTexts(List<String> texts) {
    return encodeIds(ids(texts));
  }

  /**
   * The same in calls of exactly so many rows: a text then gets the same bits however many others
   * there are. Costs more than {@link #encodeTexts(List)} for a few texts.
   */
  public float[][] encodeTexts(List<String> texts, int callRows) {
    return encodeIds(ids(texts), rows -> callRows);
  }

  /** Returns a row of length 1 for each sequence of {@link #contextLength} ids. */
  public float[][] encodeIds(long[][] ids) {
    return encodeIds(ids, Runtime::bucket);
  }

  private float[][] encodeIds(long[][] ids, IntUnaryOperator callRows) {
    var rows = new float[ids.length][];
    textLengths
        .groups(ids)
        .forEach(
            (length, group) -> {
              long[][] cut = TextLengths.cut(ids, group, length);
              float[][] embedded = rows(runtime.idRows("encode_text", cut, callRows), group.size());
              for (int i = 0; i < embedded.length; i++) {
                rows[group.get(i)] = embedded[i];
              }
            });
    return rows;
  }

  private long[][] ids(List<String> texts) {
    return texts.stream()
        .map(text -> tokenizer.encode(text, contextLength()))
        .toArray(long[][]::new);
  }

  @Override
  public void close() {
    runtime.close();
  }

  private float[][] rows(float[] flat, int count) {
    int width = embedDim();
    var rows = new float[count][];
    for (int i = 0; i < count; i++) {
      rows[i] = Arrays.copyOfRange(flat, i * width, (i + 1) * width);
    }
    return rows;
  }
}
