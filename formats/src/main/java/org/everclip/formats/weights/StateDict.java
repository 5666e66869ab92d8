package org.everclip.formats.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.formats.weights.Pickled.View;

/**
 * The tensors of an unpickled object: a flat dictionary, or one under {@code state_dict} of a
 * checkpoint. A prefix {@code module.} that all names have is left out.
 *
 * @param metadata texts and numbers that stand beside the tensors
 */
record StateDict(Map<String, View> tensors, Map<String, String> metadata) {
  private static final String NESTED = "state_dict";
  private static final String PREFIX = "module.";

  static StateDict of(Object root) throws WeightFileException {
    if (!(root instanceof Map<?, ?> dictionary)) {
      throw new WeightFileException(
          "it holds a single value, expected a dictionary of tensors. " + TorchGlobals.ADVICE);
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    Map<String, View> tensors = tensors(dictionary, metadata);
    if (tensors.isEmpty() && dictionary.get(NESTED) instanceof Map<?, ?> nested) {
      tensors = tensors(nested, metadata);
    }
    if (tensors.isEmpty() && !dictionary.isEmpty()) {
      List<String> keys = dictionary.keySet().stream().limit(10).map(TorchGlobals::shown).toList();
      throw new WeightFileException(
          "it holds no tensors at its top or under 'state_dict'; its keys are "
              + keys
              + ". "
              + TorchGlobals.ADVICE);
    }
    return new StateDict(withoutPrefix(tensors), metadata);
  }

  private static Map<String, View> tensors(Map<?, ?> dictionary, Map<String, String> metadata) {
    Map<String, View> tensors = new LinkedHashMap<>();
    dictionary.forEach(
        (key, value) -> {
          if (key instanceof String name && value instanceof View tensor) {
            tensors.put(name, tensor);
          } else if (key instanceof String name && isScalar(value)) {
            metadata.put(name, value.toString());
          }
        });
    return tensors;
  }

  private static boolean isScalar(Object value) {
    return value instanceof String || value instanceof Number || value instanceof Boolean;
  }

  private static Map<String, View> withoutPrefix(Map<String, View> tensors) {
    if (!tensors.keySet().stream().allMatch(name -> name.startsWith(PREFIX))) {
      return tensors;
    }
    Map<String, View> shorter = new LinkedHashMap<>();
    tensors.forEach((name, view) -> shorter.put(name.substring(PREFIX.length()), view));
    return shorter;
  }
}
