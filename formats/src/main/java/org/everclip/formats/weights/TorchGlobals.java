package org.everclip.formats.weights;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import org.everclip.formats.weights.Pickled.Global;
import org.everclip.formats.weights.Pickled.None;
import org.everclip.formats.weights.Pickled.Storage;
import org.everclip.formats.weights.Pickled.Tuple;
import org.everclip.formats.weights.Pickled.View;

/**
 * The allow-list: every name that a dictionary of tensors may use, and what calling it means here.
 * "Calling" builds a record; no code is looked up by name.
 */
final class TorchGlobals {
  static final String ADVICE =
      "Only dictionaries of tensors are read, and nothing in such a file is ever run."
          + " If you trust it, load it where it was made and save its state dict with safetensors:"
          + " safetensors.torch.save_file(model.state_dict(), \"model.safetensors\")";

  private static final Global DICTIONARY = new Global("collections", "OrderedDict");
  private static final Global TENSOR = new Global("torch._utils", "_rebuild_tensor_v2");
  private static final Global PARAMETER = new Global("torch._utils", "_rebuild_parameter");
  private static final Set<Global> FUNCTIONS = Set.of(DICTIONARY, TENSOR, PARAMETER);
  private static final String STORAGES = "torch";
  private static final int MAX_DIMENSIONS = 16;

  private TorchGlobals() {}

  /** Returns the name if it is allowed. */
  static Global require(String module, String name) throws WeightFileException {
    Global global = new Global(module, name);
    boolean storage = module.equals(STORAGES) && Dtype.ofStorageClass(name).isPresent();
    if (!storage && !FUNCTIONS.contains(global)) {
      throw refused(module, name);
    }
    return global;
  }

  static WeightFileException refused(String module, String name) {
    return new WeightFileException(
        "it asks for '" + shown(module + "." + name) + "', which no tensor needs. " + ADVICE);
  }

  /** A value for a message: only texts and numbers, as others may contain themselves. */
  static String shown(Object value) {
    if (!(value instanceof String) && !(value instanceof Number)) {
      return "a " + value.getClass().getSimpleName();
    }
    String text = value.toString();
    return text.substring(0, Math.min(120, text.length())).replaceAll("[^\\x20-\\x7e]", "?");
  }

  static Object call(Object function, Object arguments) throws WeightFileException {
    if (!(function instanceof Global global) || !(arguments instanceof Tuple tuple)) {
      throw broken("a call of something that is no function");
    }
    List<Object> given = tuple.items();
    if (global.equals(DICTIONARY)) {
      require(given.isEmpty(), "a dictionary made of arguments");
      return new LinkedHashMap<>();
    }
    if (global.equals(TENSOR)) {
      require(given.size() == 6 || given.size() == 7, "a tensor of " + given.size() + " parts");
      return tensor(given.get(0), given.get(1), given.get(2), given.get(3));
    }
    if (global.equals(PARAMETER)) {
      require(given.size() == 3 && given.get(0) instanceof View, "a parameter without a tensor");
      return given.get(0);
    }
    throw broken("a call of the type " + global);
  }

  private static View tensor(Object storage, Object offset, Object shape, Object strides)
      throws WeightFileException {
    if (!(storage instanceof Storage values) || !(offset instanceof Long first)) {
      throw broken("a tensor without a storage");
    }
    List<Long> sides = counts(shape, "shape");
    List<Long> steps = counts(strides, "strides");
    require(steps.size() == sides.size(), "a tensor with a stride too many or too few");
    long elements = 1;
    long last = first;
    try {
      for (int i = 0; i < sides.size(); i++) {
        elements = Math.multiplyExact(elements, sides.get(i));
        last = Math.addExact(last, Math.multiplyExact(Math.max(sides.get(i) - 1, 0), steps.get(i)));
      }
    } catch (ArithmeticException overflow) {
      throw broken("a tensor whose shape or strides overflow");
    }
    require(
        first >= 0 && (elements == 0 || last < values.elements()) && elements <= values.elements(),
        "a tensor of shape "
            + sides
            + " and strides "
            + steps
            + " from value "
            + first
            + " of a storage of only "
            + values.elements());
    return new View(values, first, sides, steps);
  }

  private static List<Long> counts(Object tuple, String what) throws WeightFileException {
    if (!(tuple instanceof Tuple numbers) || numbers.items().size() > MAX_DIMENSIONS) {
      throw broken("a tensor whose " + what + " is no tuple of at most 16 numbers");
    }
    List<Long> counts = new ArrayList<>();
    for (Object item : numbers.items()) {
      if (!(item instanceof Long count) || count < 0) {
        throw broken("a tensor whose " + what + " holds " + shown(item));
      }
      counts.add(count);
    }
    return counts;
  }

  /** Reads ("storage", class, key, location, elements[, view]). */
  static Storage storage(Object id) throws WeightFileException {
    if (id instanceof Tuple tuple
        && (tuple.items().size() == 5 || tuple.items().size() == 6)
        && "storage".equals(tuple.items().get(0))
        && tuple.items().get(1) instanceof Global type
        && tuple.items().get(2) instanceof String key
        && tuple.items().get(4) instanceof Long elements
        && elements >= 0
        && elements <= Long.MAX_VALUE / 8) {
      require(
          tuple.items().size() == 5 || tuple.items().get(5) == None.NONE,
          "a storage that is a view of another");
      Dtype dtype =
          Dtype.ofStorageClass(type.name())
              .orElseThrow(() -> broken("a storage of the type " + type));
      return new Storage(dtype, key, elements);
    }
    throw broken("a reference to something that is no storage");
  }

  private static void require(boolean condition, String otherwise) throws WeightFileException {
    if (!condition) {
      throw broken(otherwise);
    }
  }

  private static WeightFileException broken(String what) {
    return new WeightFileException("it holds " + what + ". " + ADVICE);
  }
}
