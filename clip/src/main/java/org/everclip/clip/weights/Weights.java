package org.everclip.clip.weights;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.TensorSpec;
import org.everclip.formats.weights.LongTensor;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.formats.weights.WeightEntry;
import org.everclip.formats.weights.WeightFile;

/**
 * The parameters and buffers of a network in its order, as float32 arrays with memory of their own
 * (not views of Java's). All native memory belongs to one manager, freed by {@link #close}. The
 * lists are not copies: do not modify them. Reading is thread-safe while nobody trains.
 */
public final class Weights implements AutoCloseable {

  private static final String MEAN = ".running_mean";
  private static final String BATCHES = ".num_batches_tracked";

  private final NDManager manager;
  private final List<TensorSpec> parameterSpecs;
  private final List<TensorSpec> bufferSpecs;
  private final NDList parameters = new NDList();
  private final NDList buffers = new NDList();
  private long batchesTracked;

  private Weights(NDManager parent, List<TensorSpec> parameterSpecs, List<TensorSpec> bufferSpecs) {
    this.manager = parent.newSubManager();
    this.parameterSpecs = parameterSpecs;
    this.bufferSpecs = bufferSpecs;
  }

  /** Takes the values of every tensor from a function. */
  public static Weights of(
      Network network, NDManager parent, Function<TensorSpec, float[]> values) {
    var weights = new Weights(parent, network.parameters(), network.buffers());
    weights.parameterSpecs.forEach(
        spec -> weights.parameters.add(weights.own(spec, values.apply(spec))));
    weights.bufferSpecs.forEach(spec -> weights.buffers.add(weights.own(spec, values.apply(spec))));
    return weights;
  }

  /** Makes the beginning values; they depend on the seed and each tensor's name only. */
  public static Weights initialize(Network network, NDManager parent, long seed) {
    return of(network, parent, spec -> Initializer.values(spec, seed));
  }

  /**
   * Reads a weight file, of safetensors or of torch, that has exactly the network's tensors.
   *
   * @throws IllegalArgumentException with every missing, unexpected and misshapen tensor
   */
  public static Weights load(Path path, Network network, NDManager parent) throws IOException {
    try (var file = WeightFile.open(path)) {
      return load(path.toString(), NamedTensors.of(file), network, parent);
    }
  }

  /**
   * Reads tensors that are exactly the network's.
   *
   * @param origin where they come from, for messages
   * @throws IllegalArgumentException with every missing, unexpected and misshapen tensor
   */
  public static Weights load(String origin, NamedTensors tensors, Network network, NDManager parent)
      throws IOException {
    var problems = problems(tensors, network);
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(
          "%s does not fit the network '%s': %s"
              .formatted(origin, network.name(), String.join("; ", problems)));
    }
    var weights = new Weights(parent, network.parameters(), network.buffers());
    for (var spec : weights.parameterSpecs) {
      weights.parameters.add(weights.own(spec, tensors.floats(spec.name())));
    }
    for (var spec : weights.bufferSpecs) {
      weights.buffers.add(weights.own(spec, tensors.floats(spec.name())));
    }
    for (var name : batchCounters(network.buffers()).toList()) {
      if (tensors.tensors().containsKey(name)) {
        weights.batchesTracked = tensors.longs(name)[0];
      }
    }
    return weights;
  }

  /** Every missing, unexpected and misshapen tensor; batch counters may be absent. */
  public static List<String> problems(NamedTensors tensors, Network network) {
    var problems = new ArrayList<String>();
    var unexpected = new TreeSet<>(tensors.tensors().keySet());
    Stream.concat(network.parameters().stream(), network.buffers().stream())
        .forEach(
            spec -> {
              var found = tensors.tensors().get(spec.name());
              unexpected.remove(spec.name());
              if (found == null) {
                problems.add("missing " + spec);
              } else if (!Arrays.equals(found.shape(), spec.shape())) {
                problems.add("expected " + spec + " but it is " + found);
              }
            });
    batchCounters(network.buffers()).forEach(unexpected::remove);
    unexpected.forEach(name -> problems.add("unexpected " + name));
    return problems;
  }

  /** Writes the state dict in the reference's names, batch counters included. */
  public void save(Path safetensors, Map<String, String> metadata) throws IOException {
    var entries = new ArrayList<WeightEntry>();
    for (int i = 0; i < parameterSpecs.size(); i++) {
      entries.add(tensor(parameterSpecs.get(i), parameters.get(i)));
    }
    for (int i = 0; i < bufferSpecs.size(); i++) {
      entries.add(tensor(bufferSpecs.get(i), buffers.get(i)));
    }
    batchCounters(bufferSpecs)
        .forEach(
            name -> entries.add(new LongTensor(name, new long[0], new long[] {batchesTracked})));
    SafetensorsWriter.write(safetensors, entries, metadata);
  }

  /** Returns a copy with memory of its own; the caller closes it. */
  public Weights duplicate(NDManager parent) {
    var copy = new Weights(parent, parameterSpecs, bufferSpecs);
    parameters.forEach(array -> copy.parameters.add(copy.owned(array.duplicate())));
    buffers.forEach(array -> copy.buffers.add(copy.owned(array.duplicate())));
    copy.batchesTracked = batchesTracked;
    return copy;
  }

  public NDList parameters() {
    return parameters;
  }

  /** Running means and variances. */
  public NDList buffers() {
    return buffers;
  }

  public List<TensorSpec> parameterSpecs() {
    return parameterSpecs;
  }

  public List<TensorSpec> bufferSpecs() {
    return bufferSpecs;
  }

  /** The manager that owns the arrays. */
  public NDManager manager() {
    return manager;
  }

  /** The array of that name, a parameter or a buffer. */
  public NDArray get(String name) {
    for (int i = 0; i < parameterSpecs.size(); i++) {
      if (parameterSpecs.get(i).name().equals(name)) {
        return parameters.get(i);
      }
    }
    for (int i = 0; i < bufferSpecs.size(); i++) {
      if (bufferSpecs.get(i).name().equals(name)) {
        return buffers.get(i);
      }
    }
    throw new IllegalArgumentException("These weights have no tensor '" + name + "'");
  }

  /** How many training batches the running statistics have seen. */
  public long batchesTracked() {
    return batchesTracked;
  }

  /** Sets what {@link #save} writes as {@code num_batches_tracked}; used by the training thread. */
  public void batchesTracked(long batches) {
    batchesTracked = batches;
  }

  @Override
  public void close() {
    manager.close();
  }

  private NDArray own(TensorSpec spec, float[] values) {
    if (values.length != spec.size()) {
      throw new IllegalArgumentException(
          "Tensor " + spec + " needs " + spec.size() + " values but got " + values.length);
    }
    // An array made from Java values aliases Java's memory and dies with it; its duplicate does
    // not.
    try (var aliasing = manager.create(values, new Shape(spec.shape()))) {
      return owned(aliasing.duplicate());
    }
  }

  private NDArray owned(NDArray array) {
    array.attach(manager);
    return array;
  }

  private static Tensor tensor(TensorSpec spec, NDArray array) {
    return new Tensor(spec.name(), spec.shape(), array.toFloatArray());
  }

  private static Stream<String> batchCounters(List<TensorSpec> buffers) {
    return buffers.stream()
        .map(TensorSpec::name)
        .filter(name -> name.endsWith(MEAN))
        .map(name -> name.substring(0, name.length() - MEAN.length()) + BATCHES);
  }
}
