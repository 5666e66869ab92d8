package org.everclip.formats.weights;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;

/** The rule by which the goldens' models are filled (reference: goldens, section 1). */
final class Fill {
  private Fill() {}

  static long fnv1a64(String key) {
    long hash = 0xcbf29ce484222325L;
    for (byte value : key.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (value & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  static long raw(String key, long element) {
    long z = fnv1a64(key) + (element + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  static double uniform(String key, long element) {
    return (raw(key, element) >>> 11) * 0x1p-52 - 1;
  }

  static float[] values(TensorInfo info) {
    float[] values = new float[(int) info.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value(info.name(), info.shape(), uniform(info.name(), i));
    }
    return values;
  }

  private static double value(String key, long[] shape, double u) {
    String last = key.substring(key.lastIndexOf('.') + 1);
    if (key.equals("logit_scale")) {
      return 2.6592600369327779;
    }
    if (last.equals("running_mean")) {
      return 0.1 * u;
    }
    if (last.equals("running_var")) {
      return 1.0 + 0.2 * Math.abs(u);
    }
    if (Set.of("layer_scale", "layer_scale_1", "layer_scale_2", "gamma").contains(last)) {
      return 0.1 + 0.05 * u;
    }
    if (key.endsWith("embedding_layer.weight") || key.endsWith("token_embedding.weight")) {
      return 0.5 * u;
    }
    if (Set.of("pos_embed", "positional_embedding").contains(last)) {
      return 0.2 * u;
    }
    if (Set.of("cls_token", "class_embedding", "cls_emb").contains(last)) {
      return 0.5 * u;
    }
    if (last.equals("query")) {
      return u;
    }
    if (Set.of("bias", "in_proj_bias").contains(last)) {
      return 0.05 * u;
    }
    if (shape.length == 1 && last.equals("weight")) {
      return 1.0 + 0.1 * u;
    }
    if (shape.length == 2 && Set.of("proj", "projection_layer", "text_projection").contains(last)) {
      return Math.sqrt(3.0 / shape[0]) * u;
    }
    double gain = key.endsWith(".conv.weight") ? 5 : 3;
    double fan = Arrays.stream(shape).skip(1).reduce(1, (a, b) -> a * b);
    return Math.sqrt(gain / fan) * u;
  }
}
