package org.everclip.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Recall@5 of each period after each round as SVG: a panel a period, a line a policy. */
final class RehearsalPlot {

  private static final int PANEL = 220;
  private static final int HEIGHT = 200;
  private static final int LEFT = 40;
  private static final int TOP = 40;
  private static final List<String> COLOURS =
      List.of("#c0392b", "#2471a3", "#1e8449", "#7d3c98", "#555555");

  private final Map<String, List<List<RehearsalLook>>> outcomes;
  private final int periods;
  private final double top;

  RehearsalPlot(Map<String, List<List<RehearsalLook>>> outcomes, int periods) {
    this.outcomes = outcomes;
    this.periods = periods;
    double highest = 0;
    for (var runs : outcomes.values()) {
      for (var looks : runs) {
        for (RehearsalLook look : looks) {
          for (int period = 0; period < periods; period++) {
            highest = Math.max(highest, look.recall(5, period));
          }
        }
      }
    }
    top = Math.max(10, 10 * Math.ceil(highest / 10));
  }

  String svg() {
    var svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"11\">%n"
            .formatted(LEFT + periods * PANEL, TOP + HEIGHT + 60));
    svg.append(
        "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n<text x=\"10\" y=\"16\" font-size=\"13\">recall@5 on each period's held-out pairs after each round, percent; bars from the lowest to the highest seed</text>\n");
    for (int period = 0; period < periods; period++) {
      panel(svg, period);
    }
    int x = LEFT;
    int colour = 0;
    for (String policy : outcomes.keySet()) {
      text(
          svg,
          x + 22,
          TOP + HEIGHT + 50,
          policy.equals(RehearsalRounds.SCRATCH) ? "new start, all pairs" : policy);
      line(
          svg,
          x,
          TOP + HEIGHT + 46,
          x + 18,
          TOP + HEIGHT + 46,
          COLOURS.get(colour++ % COLOURS.size()),
          2);
      x += 110;
    }
    return svg.append("</svg>\n").toString();
  }

  private void panel(StringBuilder svg, int period) {
    double left = LEFT + (double) period * PANEL;
    for (int value = 0; value <= top; value += 10) {
      line(svg, left, y(value), left + PANEL - 30, y(value), "#dddddd", 1);
      text(svg, left - 18, y(value) + 4, Integer.toString(value));
    }
    text(svg, left, TOP - 6, "period " + (period + 1) + " (arrives in round " + (period + 1) + ")");
    for (int round = 0; round < periods; round++) {
      text(svg, x(period, round) - 3, TOP + HEIGHT + 16, Integer.toString(round + 1));
    }
    int colour = 0;
    for (var policy : outcomes.entrySet()) {
      String stroke = COLOURS.get(colour % COLOURS.size());
      boolean scratch = policy.getKey().equals(RehearsalRounds.SCRATCH);
      double[] before = null;
      for (int round = scratch ? periods - 1 : 0; round < periods; round++) {
        double[] values = values(policy.getValue(), scratch ? 0 : round, period);
        double x = x(period, round) + 3 * colour;
        line(svg, x, y(values[0]), x, y(values[2]), stroke, 1);
        svg.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n",
                x,
                y(values[1]),
                stroke));
        if (before != null) {
          line(svg, before[0], before[1], x, y(values[1]), stroke, 2);
        }
        before = new double[] {x, y(values[1])};
      }
      colour++;
    }
  }

  /** Lowest, mean and highest over seeds. */
  private static double[] values(List<List<RehearsalLook>> runs, int round, int period) {
    var statistics =
        runs.stream()
            .mapToDouble(run -> RehearsalReport.end(run, round).recall(5, period))
            .summaryStatistics();
    return new double[] {statistics.getMin(), statistics.getAverage(), statistics.getMax()};
  }

  private double x(int period, int round) {
    return LEFT + (double) period * PANEL + 15 + round * (PANEL - 75.0) / Math.max(1, periods - 1);
  }

  private double y(double value) {
    return TOP + HEIGHT * (1 - value / top);
  }

  private static void line(
      StringBuilder svg, double x1, double y1, double x2, double y2, String stroke, int width) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>%n",
            x1,
            y1,
            x2,
            y2,
            stroke,
            width));
  }

  private static void text(StringBuilder svg, double x, double y, String text) {
    svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\">%s</text>%n", x, y, text));
  }
}
