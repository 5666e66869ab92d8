package org.everclip.clip.weights;

import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.everclip.clip.network.Naming;
import org.everclip.clip.network.Network;
import org.everclip.clip.network.Role;
import org.everclip.clip.network.TensorSpec;
import org.everclip.formats.weights.TensorInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learned position tables for another image size or context length, as the reference packages
 * resize them: CLIP's and CoCa's image table bicubically with antialiasing over its square grid,
 * the row of the class token unchanged; text tables and the original MobileCLIP-B's image table
 * linearly along the positions. Other tables stay strict. Reference: teachers, section 2;
 * architectures, section 1.3. Computed in double arithmetic.
 */
public final class PositionTables {

  private static final Logger LOG = LoggerFactory.getLogger(PositionTables.class);

  private static final String GRID = "visual.positional_embedding";
  private static final Set<String> LINES =
      Set.of(
          "positional_embedding",
          Role.TEXT_POSITIONS.in(Naming.OPEN_CLIP),
          Role.TEXT_POSITIONS.in(Naming.ORIGINAL),
          Role.IMAGE_POSITIONS.in(Naming.ORIGINAL));

  /** Keys' kernel as Pillow and PyTorch's antialiasing have it. */
  private static final double CUBIC = -0.5;

  private PositionTables() {}

  /**
   * The tensors with position tables of the length that the network wants. Everything else, and a
   * table of another width or whose patches are no square, is passed on as it is.
   */
  public static NamedTensors resized(NamedTensors tensors, Network network) {
    var wanted = new HashMap<String, TensorSpec>();
    for (var spec : network.parameters()) {
      var found = tensors.tensors().get(spec.name());
      if (found != null && resizable(found, spec)) {
        LOG.info("{} is resized to the model's {}", found, spec);
        wanted.put(spec.name(), spec);
      }
    }
    return new NamedTensors() {
      @Override
      public Map<String, TensorInfo> tensors() {
        var all = new LinkedHashMap<>(tensors.tensors());
        wanted.forEach((name, spec) -> all.computeIfPresent(name, (key, was) -> as(spec, was)));
        return all;
      }

      @Override
      public float[] floats(String name) throws IOException {
        var values = tensors.floats(name);
        var spec = wanted.get(name);
        if (spec == null) {
          return values;
        }
        int width = (int) spec.shape()[spec.shape().length - 1];
        int rows = (int) (spec.size() / width);
        return name.equals(GRID) ? grid(values, width, rows) : line(values, width, rows);
      }

      @Override
      public long[] longs(String name) throws IOException {
        return tensors.longs(name);
      }
    };
  }

  private static TensorInfo as(TensorSpec spec, TensorInfo was) {
    return new TensorInfo(was.name(), was.dtype(), spec.shape(), was.offset(), was.length());
  }

  private static boolean resizable(TensorInfo found, TensorSpec spec) {
    var name = spec.name();
    int last = spec.shape().length - 1;
    if (found.shape().length != spec.shape().length
        || found.elements() == spec.size()
        || found.elements() == 0
        || found.shape()[last] != spec.shape()[last]) {
      return false;
    }
    return LINES.contains(name)
        || name.equals(GRID) && isSquare(found.shape()[0] - 1) && isSquare(spec.shape()[0] - 1);
  }

  private static boolean isSquare(long value) {
    long root = Math.round(Math.sqrt(value));
    return value > 0 && root * root == value;
  }

  /** Linear along the positions, between the centres of the old ones. */
  static float[] line(float[] table, int width, int rows) {
    int from = table.length / width;
    var resized = new float[rows * width];
    for (int row = 0; row < rows; row++) {
      double place = Math.max((row + 0.5) * from / rows - 0.5, 0);
      int low = Math.min((int) place, from - 1);
      int high = Math.min(low + 1, from - 1);
      double share = place - low;
      for (int i = 0; i < width; i++) {
        resized[row * width + i] =
            (float) ((1 - share) * table[low * width + i] + share * table[high * width + i]);
      }
    }
    return resized;
  }

  /** The first row is kept; the others are a square grid, bicubic with antialiasing. */
  static float[] grid(float[] table, int width, int rows) {
    int from = (int) Math.round(Math.sqrt(table.length / width - 1));
    int to = (int) Math.round(Math.sqrt(rows - 1));
    double[][] weights = weights(from, to);
    var resized = new float[rows * width];
    System.arraycopy(table, 0, resized, 0, width);
    for (int y = 0; y < to; y++) {
      for (int x = 0; x < to; x++) {
        for (int i = 0; i < width; i++) {
          double sum = 0;
          for (int v = 0; v < from; v++) {
            for (int u = 0; u < from; u++) {
              sum += weights[y][v] * weights[x][u] * table[(1 + v * from + u) * width + i];
            }
          }
          resized[(1 + y * to + x) * width + i] = (float) sum;
        }
      }
    }
    return resized;
  }

  /** How much each old position counts for each new one. */
  private static double[][] weights(int from, int to) {
    double step = (double) from / to;
    double stretch = Math.max(step, 1);
    var weights = new double[to][from];
    for (int i = 0; i < to; i++) {
      double center = (i + 0.5) * step;
      int first = Math.max((int) (center - 2 * stretch + 0.5), 0);
      int end = Math.min((int) (center + 2 * stretch + 0.5), from);
      double sum = 0;
      for (int k = first; k < end; k++) {
        weights[i][k] = cubic((k - center + 0.5) / stretch);
        sum += weights[i][k];
      }
      for (int k = first; k < end; k++) {
        weights[i][k] /= sum;
      }
    }
    return weights;
  }

  private static double cubic(double distance) {
    double x = Math.abs(distance);
    if (x < 1) {
      return ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1;
    }
    return x < 2 ? ((x - 5) * x + 8) * x * CUBIC - 4 * CUBIC : 0;
  }
}
