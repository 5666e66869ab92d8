package org.everclip.bench;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.text.Tokenizer;
import org.everclip.clip.training.Batch;
import org.everclip.clip.training.Objective;
import org.everclip.clip.training.TeacherBatch;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.image.Preprocessing;
import org.jspecify.annotations.Nullable;

/** Our side: the same weights and inputs as the reference's. Owns its models. For one thread. */
final class OurModel implements Timed, AutoCloseable {

  private static final int TEACHERS = 2;
  private static final int TEACHER_WIDTH = 768;
  private static final int IDS = 49000;

  private final NDManager manager = NDManager.newBaseManager("PyTorch");
  private final Architecture architecture;
  private final Path folder;
  private final Weights weights;
  private final Map<Precision, ClipModel> models = new EnumMap<>(Precision.class);
  private final Map<Integer, Batch> batches = new HashMap<>();
  private @Nullable TrainSession session;
  private @Nullable Precision sessionPrecision;

  OurModel(String name, Path folder) throws IOException {
    architecture = Architecture.named(name);
    this.folder = folder;
    var network = Networks.create(architecture, Precision.FP32, Form.TRAIN);
    weights = Weights.load(folder.resolve("weights.safetensors"), network, manager);
  }

  @Override
  public Time run(SpeedCase one) {
    Runnable call = one.trains() ? training(one) : embedding(one);
    var threads = ManagementFactory.getThreadMXBean();
    long wall = System.nanoTime();
    long cpu = threads.getCurrentThreadCpuTime();
    call.run();
    return new Time(
        (System.nanoTime() - wall) * 1e-9, (threads.getCurrentThreadCpuTime() - cpu) * 1e-9);
  }

  /** The smallest cosine between our embeddings and the reference's in float32. */
  double agreement(Precision precision, String kind, int size) throws IOException {
    float[] expected = floats(kind);
    float[] ours =
        kind.equals("image")
            ? model(precision).encodeImagePixels(floats("pixels"), size)
            : flat(model(precision).encodeIds(ids(size)));
    int width = architecture.embedDim();
    double smallest = 1;
    for (int row = 0; row < size; row++) {
      double product = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        product += (double) ours[i] * expected[i];
      }
      smallest = Math.min(smallest, product);
    }
    return smallest;
  }

  @Override
  public void close() {
    endTraining();
    models.values().forEach(ClipModel::close);
    manager.close();
  }

  private Runnable embedding(SpeedCase one) {
    endTraining();
    ClipModel model = model(one.precision());
    Batch batch = batch(one.batch());
    if (one.kind().equals("image")) {
      float[] pixels = batch.images().array();
      return () -> model.encodeImagePixels(pixels, one.batch());
    }
    int context = architecture.text().contextLength();
    long[][] ids = new long[one.batch()][context];
    for (int row = 0; row < ids.length; row++) {
      System.arraycopy(batch.realIds(), row * context, ids[row], 0, context);
    }
    return () -> model.encodeIds(ids);
  }

  private Runnable training(SpeedCase one) {
    TrainSession current = session;
    if (current == null || sessionPrecision != one.precision()) {
      endTraining();
      models.values().forEach(ClipModel::close);
      models.clear();
      current =
          TrainSession.create(
              architecture, one.precision(), Objective.reinforced(0.7), weights, manager);
      current.setLearningRate(1e-4);
      session = current;
      sessionPrecision = one.precision();
    }
    TrainSession steps = current;
    Batch batch = batch(one.batch());
    return () -> steps.step(batch);
  }

  private void endTraining() {
    if (session != null) {
      session.close();
      session = null;
    }
  }

  private ClipModel model(Precision precision) {
    return models.computeIfAbsent(
        precision,
        key ->
            ClipModel.of(
                architecture,
                weights,
                new NoTexts(),
                Preprocessing.openAi(architecture.imageSize()),
                precision));
  }

  private Batch batch(int size) {
    return batches.computeIfAbsent(
        size,
        key -> {
          var random = new Random(size);
          int context = architecture.text().contextLength();
          List<TeacherBatch> teachers = new ArrayList<>();
          for (int i = 0; i < TEACHERS; i++) {
            teachers.add(
                new TeacherBatch(
                    TEACHER_WIDTH,
                    50,
                    units(size, random),
                    units(size, random),
                    units(size, random)));
          }
          float[] pixels =
              new float[size * 3 * architecture.imageSize() * architecture.imageSize()];
          for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
          }
          return new Batch(
              FloatBuffer.wrap(pixels),
              random.longs((long) size * context, 1, IDS).toArray(),
              random.longs((long) size * context, 1, IDS).toArray(),
              teachers);
        });
  }

  private static float[] units(int rows, Random random) {
    float[] values = new float[rows * TEACHER_WIDTH];
    float length = (float) Math.sqrt(TEACHER_WIDTH);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / length;
    }
    return values;
  }

  private float[] floats(String file) throws IOException {
    var buffer = bytes(file).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  private long[][] ids(int rows) throws IOException {
    var buffer = bytes("ids").asLongBuffer();
    long[][] ids = new long[rows][buffer.remaining() / rows];
    for (long[] row : ids) {
      buffer.get(row);
    }
    return ids;
  }

  private ByteBuffer bytes(String file) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file))).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] flat(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
    }
    return values;
  }

  /** The benchmark feeds ids. */
  private record NoTexts() implements Tokenizer {
    @Override
    public long[] encode(String text, int contextLength) {
      throw new UnsupportedOperationException("The benchmark feeds ids");
    }

    @Override
    public String decode(long[] ids) {
      throw new UnsupportedOperationException("The benchmark feeds ids");
    }

    @Override
    public int vocabularySize() {
      return IDS;
    }

    @Override
    public int startId() {
      return IDS - 2;
    }

    @Override
    public int endId() {
      return IDS - 1;
    }
  }
}
