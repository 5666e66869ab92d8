package org.everclip.formats.augment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * The compressed parameter form (reference: augmentations, section 2): [[top, left, height, width],
 * [[operation, magnitude], ...]], optionally with a flip between them, and rarer entries told apart
 * by their shape. A second list of four is an erased box.
 */
final class AugmentationJson {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int MAX_STEPS = 16;
  private static final int MAX_PIXELS_A_SIDE = 1 << 20;

  private AugmentationJson() {}

  static Augmentation parse(String json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root.isTextual()) {
        root = JSON.readTree(root.textValue());
      }
      if (!root.isArray() || root.size() > MAX_STEPS) {
        throw wrong("a list of at most 16 transforms", root);
      }
      List<Step> steps = new ArrayList<>();
      for (JsonNode entry : root) {
        steps.add(step(entry, steps));
      }
      return new Augmentation(steps);
    } catch (JsonProcessingException broken) {
      throw new IllegalArgumentException(
          "augmentation parameters are not JSON: " + broken.getOriginalMessage(), broken);
    }
  }

  private static Step step(JsonNode entry, List<Step> before) {
    if (entry.isNull()) {
      return new Step.Skipped();
    }
    if (entry.isBoolean()) {
      return new Step.Flip(entry.booleanValue());
    }
    if (entry.isInt()) {
      return new Step.Resize(side(entry));
    }
    if (entry.isArray() && entry.size() > 0 && entry.get(0).isArray()) {
      List<Operation> operations = new ArrayList<>();
      entry.forEach(operation -> operations.add(operation(operation)));
      return new Step.Operations(operations);
    }
    if (entry.isArray() && entry.size() == 2) {
      return new Step.RandomCrop(integer(entry.get(0)), integer(entry.get(1)));
    }
    if (entry.isArray() && entry.size() == 4) {
      boolean erase =
          integer(entry.get(0)) == -1
              || before.stream()
                  .anyMatch(s -> !(s instanceof Step.Resize || s instanceof Step.RandomCrop));
      return erase
          ? new Step.Erase(
              integer(entry.get(0)),
              integer(entry.get(1)),
              integer(entry.get(2)),
              integer(entry.get(3)))
          : new Step.ResizedCrop(
              integer(entry.get(0)), integer(entry.get(1)), side(entry.get(2)), side(entry.get(3)));
    }
    throw wrong("a crop, a flip, operations or null", entry);
  }

  private static Operation operation(JsonNode node) {
    Operation.Kind[] kinds = Operation.Kind.values();
    if (node.size() != 2 || !node.path(0).isInt() || !node.path(1).isNumber()) {
      throw wrong("[operation, magnitude]", node);
    }
    int index = node.get(0).intValue();
    if (index < 0 || index >= kinds.length) {
      throw wrong("an operation of 0 to 13", node);
    }
    return new Operation(kinds[index], node.get(1).doubleValue());
  }

  private static int integer(JsonNode node) {
    if (!node.isInt() || Math.abs(node.longValue()) > MAX_PIXELS_A_SIDE) {
      throw wrong("whole pixels", node);
    }
    return node.intValue();
  }

  private static int side(JsonNode node) {
    int side = integer(node);
    if (side < 1) {
      throw wrong("a positive number of pixels", node);
    }
    return side;
  }

  private static IllegalArgumentException wrong(String expected, JsonNode got) {
    String text = got.toString();
    return new IllegalArgumentException(
        "augmentation parameters: expected "
            + expected
            + ", got "
            + text.substring(0, Math.min(80, text.length())));
  }

  static String write(Augmentation augmentation) {
    StringBuilder json = new StringBuilder("[");
    for (Step step : augmentation.steps()) {
      json.append(json.length() > 1 ? ", " : "");
      if (step instanceof Step.Skipped) {
        json.append("null");
      } else if (step instanceof Step.Flip flip) {
        json.append(flip.applied());
      } else if (step instanceof Step.Resize resize) {
        json.append(resize.size());
      } else if (step instanceof Step.RandomCrop crop) {
        json.append(List.of(crop.top(), crop.left()));
      } else if (step instanceof Step.ResizedCrop crop) {
        json.append(List.of(crop.top(), crop.left(), crop.height(), crop.width()));
      } else if (step instanceof Step.Erase erase) {
        json.append(List.of(erase.row(), erase.column(), erase.height(), erase.width()));
      } else if (step instanceof Step.Operations list) {
        json.append(
            list.operations().stream()
                .map(o -> "[" + o.kind().index() + ", " + o.magnitude() + "]")
                .toList());
      } else {
        throw new AssertionError("unhandled " + step);
      }
    }
    return json.append(']').toString();
  }
}
