package org.everclip.clip.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.TensorSpec;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.weights.SafetensorsReader;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;

/**
 * Everything a training step changes: parameters, buffers, AdamW's moments and step counters, and
 * the running averages of parameters and buffers. Owns its tensors until closed; for one thread.
 */
final class OptimizerState implements AutoCloseable {

  private static final String PARAMETER = "parameter.";
  private static final String BUFFER = "buffer.";
  private static final String FIRST_MOMENT = "first_moment.";
  private static final String SECOND_MOMENT = "second_moment.";
  private static final String STEP = "step.";
  private static final String AVERAGE = "average.";
  private static final String AVERAGE_BUFFER = "average_buffer.";

  private final NDManager manager;
  private final Network network;
  private final ParameterGroups groups;
  private final NDList parameters;
  private final NDList buffers;
  private final NDList firstMoments;
  private final NDList secondMoments;
  private final NDList steps;
  private final NDList averages;
  private final NDList averageBuffers;

  /** Where the values of a tensor come from. */
  private interface Values {
    float[] of(String prefix, TensorSpec spec) throws IOException;
  }

  private OptimizerState(NDManager parent, Network network, ParameterGroups groups, Values values)
      throws IOException {
    manager = parent.newSubManager();
    this.network = network;
    this.groups = groups;
    try {
      parameters = tensors(PARAMETER, groups.parameters(), values);
      buffers = tensors(BUFFER, network.buffers(), values);
      firstMoments = tensors(FIRST_MOMENT, groups.parameters(), values);
      secondMoments = tensors(SECOND_MOMENT, groups.parameters(), values);
      steps = tensors(STEP, groups.parameters(), values);
      averages = tensors(AVERAGE, groups.parameters(), values);
      averageBuffers = tensors(AVERAGE_BUFFER, network.buffers(), values);
      parameters.forEach(parameter -> parameter.setRequiresGradient(true));
    } catch (IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /** Begins at step 0 with copies of the given weights. */
  static OptimizerState begin(
      NDManager parent, Network network, ParameterGroups groups, Weights weights) {
    try {
      return new OptimizerState(
          parent,
          network,
          groups,
          (prefix, spec) ->
              switch (prefix) {
                case PARAMETER, BUFFER, AVERAGE, AVERAGE_BUFFER -> first(weights, spec);
                case STEP -> new float[1];
                default -> new float[Math.toIntExact(spec.size())];
              });
    } catch (IOException e) {
      throw new IllegalArgumentException("The weights do not fit the network", e);
    }
  }

  /** Continues where {@link #save} stopped, bit for bit. */
  static OptimizerState read(
      NDManager parent, Network network, ParameterGroups groups, SafetensorsReader reader)
      throws IOException {
    return new OptimizerState(
        parent, network, groups, (prefix, spec) -> reader.floats(prefix + spec.name()));
  }

  void save(Path file, Map<String, String> metadata) throws IOException {
    List<Tensor> tensors = new ArrayList<>();
    collect(tensors, PARAMETER, groups.parameters(), parameters);
    collect(tensors, BUFFER, network.buffers(), buffers);
    collect(tensors, FIRST_MOMENT, groups.parameters(), firstMoments);
    collect(tensors, SECOND_MOMENT, groups.parameters(), secondMoments);
    collect(tensors, STEP, groups.parameters(), steps);
    collect(tensors, AVERAGE, groups.parameters(), averages);
    collect(tensors, AVERAGE_BUFFER, network.buffers(), averageBuffers);
    SafetensorsWriter.write(file, tensors, metadata);
  }

  /** The list arguments of the step's method, in its order. */
  List<NDList> arguments() {
    List<NDList> lists = new ArrayList<>();
    lists.add(pick(parameters, groups.decayed()));
    lists.add(pick(parameters, groups.plain()));
    lists.add(buffers);
    for (NDList each : List.of(firstMoments, secondMoments, steps, averages)) {
      lists.add(pick(each, groups.decayed()));
      lists.add(pick(each, groups.plain()));
    }
    lists.add(averageBuffers);
    return lists;
  }

  /** A copy of what is trained; the caller closes it. */
  Weights trained(NDManager parent) {
    return copy(parent, parameters, buffers);
  }

  /** A copy of the running averages; the caller closes it. */
  Weights averaged(NDManager parent) {
    return copy(parent, averages, averageBuffers);
  }

  @Override
  public void close() {
    manager.close();
  }

  private static float[] first(Weights weights, TensorSpec spec) {
    return spec.equals(ParameterGroups.LOGIT_BIAS)
        ? new float[] {ParameterGroups.FIRST_LOGIT_BIAS}
        : weights.get(spec.name()).toFloatArray();
  }

  private NDList tensors(String prefix, List<TensorSpec> specs, Values values) throws IOException {
    NDList tensors = new NDList(specs.size());
    for (TensorSpec spec : specs) {
      float[] numbers = values.of(prefix, spec);
      Shape shape = prefix.equals(STEP) ? new Shape() : new Shape(spec.shape());
      if (numbers.length != shape.size()) {
        throw new IOException(
            "Expected %d values of '%s%s' but got %d; they belong to another network"
                .formatted(shape.size(), prefix, spec.name(), numbers.length));
      }
      // A created tensor only borrows Java's memory; a duplicate is its own.
      try (NDArray borrowed = manager.create(numbers, shape)) {
        tensors.add(borrowed.duplicate());
      }
    }
    return tensors;
  }

  private Weights copy(NDManager parent, NDList values, NDList statistics) {
    Weights copy =
        Weights.of(
            network,
            parent,
            spec -> {
              int index = network.parameters().indexOf(spec);
              return index >= 0
                  ? values.get(index).toFloatArray()
                  : statistics.get(network.buffers().indexOf(spec)).toFloatArray();
            });
    copy.batchesTracked((long) steps.get(0).toFloatArray()[0]);
    return copy;
  }

  private static void collect(
      List<Tensor> all, String prefix, List<TensorSpec> specs, NDList tensors) {
    for (int i = 0; i < specs.size(); i++) {
      NDArray tensor = tensors.get(i);
      all.add(
          new Tensor(
              prefix + specs.get(i).name(), tensor.getShape().getShape(), tensor.toFloatArray()));
    }
  }

  private static NDList pick(NDList tensors, List<Integer> positions) {
    return new NDList(positions.stream().map(tensors::get).toArray(NDArray[]::new));
  }
}
