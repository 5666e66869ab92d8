package org.everclip.clip.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.network.Network;
import org.everclip.clip.script.TorchScript;
import org.jspecify.annotations.Nullable;

/**
 * One optimisation step as one native call: forward, loss, gradients, clipping, AdamW, running
 * average. Equal states and batches give equal bits on the same machine with the same number of
 * threads. For one thread; tensors made during a step are gone when it returns.
 */
final class TrainStep {

  private final NDManager manager;
  private final Network network;
  private final Objective objective;

  private final TorchScript script;
  private ByteBuffer pixels = ByteBuffer.allocateDirect(0);

  TrainStep(NDManager manager, Network network, ParameterGroups groups, Objective objective) {
    if (objective.kind() == Objective.Kind.COCA && !network.captions()) {
      throw new IllegalArgumentException(
          "The objective COCA needs a captioner, but '%s' writes no captions; try coca-nano"
              .formatted(network.name()));
    }
    this.manager = manager;
    this.network = network;
    this.objective = objective;

    StepSource source = new StepSource(groups, !network.buffers().isEmpty(), objective);
    script = TorchScript.load(manager, network.source() + "\n" + source.methods());
  }

  StepResult run(OptimizerState state, Batch batch, double learningRate, long step) {
    int size = checkedSize(batch);
    long[] synthetic = objective.kind() == Objective.Kind.REINFORCED ? batch.syntheticIds() : null;
    try (NDManager scope = manager.newSubManager()) {
      List<NDList> lists = new ArrayList<>(state.arguments());
      List<NDArray> tensors = new ArrayList<>();
      tensors.add(images(scope, batch.images(), size));
      tensors.add(ids(scope, batch.realIds(), size));
      if (synthetic != null) {
        tensors.add(ids(scope, synthetic, size));
      }
      if (objective.distills()) {
        addTeachers(scope, batch.teachers(), synthetic != null, size, lists, tensors);
      }
      TeacherBatch parent = objective.compatibility() == null ? null : batch.parent();
      if (parent != null) {
        lists.add(parentRows(scope, parent, synthetic != null, size));
      }
      AdamW optimizer = objective.optimizer();
      tensors.add(
          scope.create(
              new double[] {
                learningRate,
                optimizer.weightDecay(),
                optimizer.maxGradientNorm(),
                optimizer.emaWeight(step),
                parts(size),
                parent == null ? 0 : parent.scale()
              }));
      String method = StepSource.method(synthetic != null, parent != null);
      return result(
          script
              .call(method, true, scope, lists, tensors.toArray(NDArray[]::new))
              .singletonOrThrow()
              .toDoubleArray());
    }
  }

  private static StepResult result(double[] measured) {
    double norm = measured[3];
    return new StepResult(
        measured[0],
        measured[1],
        measured[2],
        measured[5],
        norm,
        measured[4],
        Double.isFinite(norm));
  }

  private int parts(int size) {
    return objective.part() == 0 ? 1 : (size + objective.part() - 1) / objective.part();
  }

  private static NDList parentRows(
      NDManager scope, TeacherBatch parent, boolean withSynthetic, int size) {
    if (parent.rows() != size) {
      throw new IllegalArgumentException(
          "Expected %d rows of the parent, but got %d".formatted(size, parent.rows()));
    }
    Shape shape = new Shape(size, parent.dim());
    NDList rows =
        new NDList(scope.create(parent.image(), shape), scope.create(parent.realText(), shape));
    if (withSynthetic) {
      rows.add(scope.create(syntheticRows(parent), shape));
    }
    return rows;
  }

  private static void addTeachers(
      NDManager scope,
      List<TeacherBatch> teachers,
      boolean withSynthetic,
      int size,
      List<NDList> lists,
      List<NDArray> tensors) {
    NDList images = new NDList();
    NDList real = new NDList();
    NDList synthetic = new NDList();
    float[] scales = new float[teachers.size()];
    for (int k = 0; k < scales.length; k++) {
      TeacherBatch teacher = teachers.get(k);
      Shape shape = new Shape(size, teacher.dim());
      images.add(scope.create(teacher.image(), shape));
      real.add(scope.create(teacher.realText(), shape));
      if (withSynthetic) {
        synthetic.add(scope.create(syntheticRows(teacher), shape));
      }
      scales[k] = teacher.scale();
    }
    lists.add(images);
    lists.add(real);
    if (withSynthetic) {
      lists.add(synthetic);
    }
    tensors.add(scope.create(scales));
  }

  private static float[] syntheticRows(TeacherBatch teacher) {
    float @Nullable [] rows = teacher.syntheticText();
    if (rows == null || rows.length != teacher.image().length) {
      throw new IllegalArgumentException(
          "The batch has synthetic captions, so each teacher (and the parent) needs one embedding for each");
    }
    return rows;
  }

  /** The tensor reads the buffer in place, which is why it is filled once per step and kept. */
  private NDArray images(NDManager scope, FloatBuffer images, int size) {
    int bytes = images.remaining() * Float.BYTES;
    if (pixels.capacity() != bytes) {
      pixels = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    pixels.asFloatBuffer().put(images.duplicate());
    Shape shape = new Shape(size, 3, network.imageSize(), network.imageSize());
    return scope.create(pixels.duplicate().order(ByteOrder.nativeOrder()), shape, DataType.FLOAT32);
  }

  private NDArray ids(NDManager scope, long[] ids, int size) {
    return scope.create(
        LongBuffer.wrap(ids), new Shape(size, network.contextLength()), DataType.INT64);
  }

  private int checkedSize(Batch batch) {
    int size = batch.realIds().length / network.contextLength();
    long pixels = 3L * network.imageSize() * network.imageSize() * size;
    if (size < 2
        || size * network.contextLength() != batch.realIds().length
        || batch.images().remaining() != pixels) {
      throw new IllegalArgumentException(
          "Expected at least 2 pictures of 3x%1$dx%1$d with %2$d ids each, but got %3$d values and %4$d ids"
              .formatted(
                  network.imageSize(),
                  network.contextLength(),
                  batch.images().remaining(),
                  batch.realIds().length));
    }
    if (objective.distills()) {
      if (batch.teachers().isEmpty()) {
        throw new IllegalArgumentException(
            "lambda is %s, so a batch needs teacher embeddings, but it has none"
                .formatted(objective.lambda()));
      }
      for (TeacherBatch teacher : batch.teachers()) {
        if (teacher.rows() != size) {
          throw new IllegalArgumentException(
              "Expected %d rows of each teacher, but got %d".formatted(size, teacher.rows()));
        }
      }
    }
    return size;
  }
}
