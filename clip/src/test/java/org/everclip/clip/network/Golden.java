package org.everclip.clip.network;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * Deterministic weights, inputs and the numbers that the reference packages computed with them;
 * reference: goldens.
 */
public final class Golden {

  private Golden() {}

  public static final Architecture TINY_MOBILECLIP = architecture("mobileclip_tiny_s0");
  public static final Architecture TINY_COCA = architecture("open_clip_tiny_coca");

  /** The small members that the goldens of those names were made with. */
  public static final List<String> TINY =
      List.of(
          "mobileclip_tiny_s0",
          "mobileclip_tiny_b",
          "open_clip_tiny_mci0",
          "open_clip_tiny_mci3",
          "open_clip_tiny_clip",
          "open_clip_tiny_clip_quickgelu",
          "open_clip_tiny_coca");

  /** One of the small members, by the name of its golden file. */
  public static Architecture architecture(String name) {
    return Architecture.parse(
        new String(bytes("architectures/" + name + ".json"), StandardCharsets.UTF_8));
  }

  public static JsonNode json(String name) {
    try {
      return new ObjectMapper().readTree(bytes(name + ".json"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Name to shape of a state-dict listing. */
  public static Map<String, List<Long>> listing(String file) {
    var listing = new TreeMap<String, List<Long>>();
    rows(file)
        .forEach(
            columns ->
                listing.put(
                    columns[0],
                    columns[1].equals("scalar")
                        ? List.of()
                        : Arrays.stream(columns[1].split("x", -1)).map(Long::valueOf).toList()));
    return listing;
  }

  /** Original name to open_clip's name, of a listing that has both. */
  public static Map<String, String> openClipNames(String file) {
    var names = new TreeMap<String, String>();
    rows(file).forEach(columns -> names.put(columns[0], columns[3]));
    return names;
  }

  private static Stream<String[]> rows(String file) {
    return new String(bytes(file), StandardCharsets.UTF_8)
        .lines()
        .skip(1)
        .map(line -> line.split("\t", -1));
  }

  /** The golden values of a tensor. */
  public static float[] fill(TensorSpec spec) {
    var name = spec.name();
    var shape = spec.shape();
    var last = name.substring(name.lastIndexOf('.') + 1);
    long seed = hash(name);
    var values = new float[Math.toIntExact(spec.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) value(name, last, shape, uniform(seed, i));
    }
    return values;
  }

  private static double value(String name, String last, long[] shape, double u) {
    switch (last) {
      case "logit_scale":
        return 2.6592600369327779;
      case "running_mean":
        return 0.1 * u;
      case "running_var":
        return 1.0 + 0.2 * Math.abs(u);
      case "layer_scale", "layer_scale_1", "layer_scale_2", "gamma":
        return 0.1 + 0.05 * u;
      case "pos_embed", "positional_embedding":
        return 0.2 * u;
      case "cls_token", "class_embedding", "cls_emb":
        return 0.5 * u;
      case "query":
        return u;
      case "bias", "in_proj_bias":
        return 0.05 * u;
      default:
        if (name.endsWith("embedding_layer.weight") || name.endsWith("token_embedding.weight")) {
          return 0.5 * u;
        }
        if (shape.length == 1) {
          return 1.0 + 0.1 * u;
        }
        if (shape.length == 2
            && List.of("proj", "projection_layer", "text_projection").contains(last)) {
          return Math.sqrt(3.0 / shape[0]) * u;
        }
        double fanIn = 1;
        for (int i = 1; i < shape.length; i++) {
          fanIn *= shape[i];
        }
        return Math.sqrt((name.endsWith(".conv.weight") ? 5.0 : 3.0) / fanIn) * u;
    }
  }

  /** Pictures [n,3,size,size] of a stream. */
  public static float[] images(String name, int n, int size) {
    var level = uniform(name + ".level", n * 3);
    var coarse = uniform(name + ".coarse", n * 3 * 64);
    var fine = uniform(name + ".fine", n * 3 * size * size);
    var values = new float[fine.length];
    for (int i = 0; i < values.length; i++) {
      int plane = i / (size * size);
      int y = i / size % size * 8 / size;
      int x = i % size * 8 / size;
      values[i] =
          (float)
              (0.5 + 0.2 * level[plane] + 0.2 * coarse[(plane * 8 + y) * 8 + x] + 0.1 * fine[i]);
    }
    return values;
  }

  /** Token rows of a golden file, padded with 0. */
  public static long[][] tokens(JsonNode golden) {
    var rows = new long[golden.get("tokens").size()][golden.get("context_length").asInt()];
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < golden.get("tokens").get(row).size(); i++) {
        rows[row][i] = golden.get("tokens").get(row).get(i).asLong();
      }
    }
    return rows;
  }

  public static float[] flat(JsonNode matrix) {
    var values = new float[matrix.size() * matrix.get(0).size()];
    int i = 0;
    for (var row : matrix) {
      for (var value : row) {
        values[i++] = (float) value.asDouble();
      }
    }
    return values;
  }

  public static double[] uniform(String key, int count) {
    long seed = hash(key);
    var values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = uniform(seed, i);
    }
    return values;
  }

  private static long hash(String key) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
    }
    return hash;
  }

  private static double uniform(long seed, int i) {
    long z = seed + (i + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return ((z ^ (z >>> 31)) >>> 11) * 0x1p-52 - 1;
  }

  /** The resource of that name, or its contents if it is stored with the ending {@code .gz}. */
  public static byte[] bytes(String name) {
    try (var plain = Golden.class.getResourceAsStream("/golden/" + name);
        var packed = Golden.class.getResourceAsStream("/golden/" + name + ".gz")) {
      if (plain != null) {
        return plain.readAllBytes();
      }
      if (packed != null) {
        return new GZIPInputStream(packed).readAllBytes();
      }
      throw new IllegalArgumentException("no golden " + name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
