package org.everclip.clip.training;

import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Form;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Networks;
import org.everclip.clip.network.Precision;
import org.everclip.clip.weights.Weights;
import org.everclip.formats.weights.SafetensorsReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A model being trained: weights, optimizer, running average. A session that was saved and restored
 * continues bit for bit as the one that went on, on the same machine, with the same number of
 * threads and the same batches and learning rates.
 *
 * <p>For one thread. Owns its native memory, which lives in a child of the manager given, until
 * closed.
 */
public final class TrainSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TrainSession.class);

  private static final String STEPS = "steps";
  private static final String ARCHITECTURE = "architecture";
  private static final String THREADS = "threads";

  private final NDManager manager;
  private final Architecture architecture;
  private final Network network;
  private final ParameterGroups groups;
  private final TrainStep step;
  private OptimizerState state;
  private double learningRate = 1e-3;
  private long steps;

  private TrainSession(
      NDManager manager,
      Architecture architecture,
      Network network,
      ParameterGroups groups,
      TrainStep step,
      Weights begin) {
    this.manager = manager;
    this.architecture = architecture;
    this.network = network;
    this.groups = groups;
    this.step = step;
    state = OptimizerState.begin(manager, network, groups, begin);
  }

  /** A session from scratch; the seed decides the first weights. */
  public static TrainSession create(
      Architecture architecture,
      Precision precision,
      Objective objective,
      long seed,
      NDManager parent) {
    Network network = Networks.create(architecture, precision, Form.TRAIN);
    try (Weights begin = Weights.initialize(network, parent, seed)) {
      return create(architecture, precision, objective, begin, parent);
    }
  }

  /** A session that begins with weights in the form that trains; they are copied. */
  public static TrainSession create(
      Architecture architecture,
      Precision precision,
      Objective objective,
      Weights begin,
      NDManager parent) {
    Network network = Networks.create(architecture, precision, Form.TRAIN);
    NDManager manager = parent.newSubManager();
    try {
      ParameterGroups groups = ParameterGroups.of(network, objective);
      TrainStep step = new TrainStep(manager, network, groups, objective);
      return new TrainSession(manager, architecture, network, groups, step, begin);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * Does one step with the learning rate last set. A batch whose gradient is not finite changes
   * nothing but the count of steps.
   */
  public StepResult step(Batch batch) {
    StepResult result = step.run(state, batch, learningRate, steps);
    steps++;
    return result;
  }

  /**
   * Sets the rate of the steps to come; it is not part of what is saved.
   *
   * @throws IllegalArgumentException if it is negative or not a number
   */
  public void setLearningRate(double rate) {
    if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "A learning rate is a number that is not negative, not " + rate);
    }
    learningRate = rate;
  }

  /** How many steps were made, over all runs. */
  public long steps() {
    return steps;
  }

  public Architecture architecture() {
    return architecture;
  }

  /** Writes everything that a step depends on, except the data. */
  public void save(Path file) throws IOException {
    state.save(
        file,
        Map.of(
            STEPS, Long.toString(steps),
            ARCHITECTURE, architecture.name(),
            THREADS, Integer.toString(JniUtils.getNumThreads())));
  }

  /**
   * Continues from a file that {@link #save} wrote.
   *
   * @throws IOException if it belongs to another architecture or is no state of a session
   */
  public void restore(Path file) throws IOException {
    try (SafetensorsReader reader = SafetensorsReader.open(file)) {
      String name = reader.metadata().getOrDefault(ARCHITECTURE, "unknown");
      if (!name.equals(architecture.name())) {
        throw new IOException(
            "Expected a checkpoint of '%s' but %s is one of '%s'"
                .formatted(architecture.name(), file, name));
      }
      long done = steps(reader.metadata(), file);
      OptimizerState restored = OptimizerState.read(manager, network, groups, reader);
      state.close();
      state = restored;
      steps = done;
      String threads = reader.metadata().getOrDefault(THREADS, "unknown");
      if (!threads.equals(Integer.toString(JniUtils.getNumThreads()))) {
        LOG.warn(
            "{} was saved with {} threads and goes on with {}: as well, but not bit for bit",
            file,
            threads,
            JniUtils.getNumThreads());
      }
    }
  }

  private static long steps(Map<String, String> metadata, Path file) throws IOException {
    String steps = metadata.getOrDefault(STEPS, "missing");
    if (!steps.matches("[0-9]{1,18}")) {
      throw new IOException(
          "Expected the number of steps in the metadata of %s but it is '%s'"
              .formatted(file, steps));
    }
    return Long.parseLong(steps);
  }

  /** A copy of the weights as they are; the caller closes it. */
  public Weights trainWeights() {
    return state.trained(manager);
  }

  /** A copy of the running average of the weights; the caller closes it. */
  public Weights emaWeights() {
    return state.averaged(manager);
  }

  /** The number of native arrays this session holds; constant between steps. */
  public int managedArrays() {
    return manager.getManagedArrays().size();
  }

  @Override
  public void close() {
    manager.close();
  }
}
