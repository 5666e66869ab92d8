package org.everclip.evaluation.continual;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.everclip.contracts.Periods;
import org.jspecify.annotations.Nullable;

/**
 * The E matrix of continual training: E[i][j] is a metric of the model after period i on the frozen
 * holdout of period j. Where several versions were trained on a period as their newest, the last
 * one stands for it. Source: TiC-CLIP (Garg et al., ICLR 2024), section 3.
 */
public final class TransferMatrix {

  private final Map<String, Map<String, Double>> cells = new TreeMap<>(Periods.BY_TIME);

  /**
   * One version's results.
   *
   * @param newest the newest period whose pairs it was trained on; null when that is not known
   * @param byPeriod the metric by period of the holdout
   */
  public record Row(int version, @Nullable String newest, Map<String, Double> byPeriod) {
    public Row {
      byPeriod = Map.copyOf(byPeriod);
    }
  }

  /** A mean over cells; without cells there is none. */
  public record Mean(double sum, int cells) {

    public OptionalDouble value() {
      return cells == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / cells);
    }

    private Mean plus(double value) {
      return new Mean(sum + value, cells + 1);
    }
  }

  /**
   * How training on one period shows on others.
   *
   * @param inDomain on the period itself, mean of E[i][i]
   * @param backward on earlier ones, mean of E[i][j], j before i: what was not forgotten
   * @param forward on later ones, mean of E[i][j], j after i
   */
  public record Transfer(Mean inDomain, Mean backward, Mean forward) {}

  /** Builds the matrix; rows in the order of the versions. */
  public static TransferMatrix of(List<Row> rows) {
    var matrix = new TransferMatrix();
    for (Row row : rows) {
      if (row.newest() != null) {
        matrix.cells.put(row.newest(), row.byPeriod());
      }
    }
    return matrix;
  }

  /** How a period stands to the newest one trained on: -1 past, 0 the same, 1 future. */
  public static int relation(String newest, String period) {
    return Integer.signum(Periods.BY_TIME.compare(period, newest));
  }

  /** The means over the matrix. */
  public Transfer transfer() {
    Mean[] means = {new Mean(0, 0), new Mean(0, 0), new Mean(0, 0)};
    cells.forEach(
        (newest, row) ->
            row.forEach(
                (period, value) -> {
                  int at = 1 + relation(newest, period);
                  means[at] = means[at].plus(value);
                }));
    return new Transfer(means[1], means[0], means[2]);
  }
}
