package org.everclip.bench;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Draws how the gate's time and state grow with the pairs it knows, as an SVG of two panels. */
final class GrowthPlot {

  private static final int WIDTH = 360;
  private static final int HEIGHT = 240;
  private static final int MARGIN = 48;

  /** What was measured at one size. */
  record Row(int pairs, double cpuMillis, double wallMillis, double stateMb, double residentMb) {}

  private record Line(String name, String colour, ToDoubleFunction<Row> value) {}

  private GrowthPlot() {}

  /** The drawing; the sizes stand on a logarithmic axis. */
  static String svg(List<Row> rows) {
    var svg = new StringBuilder();
    line(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
            + " font-size=\"11\">",
        2 * WIDTH,
        HEIGHT);
    line(svg, "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
    panel(
        svg,
        0,
        "milliseconds a pair",
        rows,
        List.of(
            new Line("clock", "#0b5fa5", Row::wallMillis),
            new Line("CPU", "#b5460f", Row::cpuMillis)));
    panel(
        svg,
        WIDTH,
        "megabytes",
        rows,
        List.of(
            new Line("state on disk", "#0b5fa5", Row::stateMb),
            new Line("resident memory", "#b5460f", Row::residentMb)));
    line(svg, "</svg>");
    return svg.toString();
  }

  private static void panel(
      StringBuilder svg, int left, String unit, List<Row> rows, List<Line> lines) {
    double highest =
        rows.stream()
            .flatMapToDouble(
                row -> lines.stream().mapToDouble(one -> one.value().applyAsDouble(row)))
            .max()
            .orElse(1);
    double top = nice(highest);
    int right = left + WIDTH - MARGIN / 2;
    int bottom = HEIGHT - MARGIN;
    text(svg, left + MARGIN, 18, "start", "#333", unit);
    for (int tick = 0; tick <= 4; tick++) {
      double y = bottom - (bottom - MARGIN) * tick / 4.0;
      line(svg, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", left + MARGIN, y, right);
      text(svg, left + MARGIN - 6, y + 4, "end", "#333", number(top * tick / 4));
    }
    for (Row row : rows) {
      text(svg, x(left, row, rows), bottom + 16, "middle", "#333", "%,d".formatted(row.pairs()));
    }
    text(svg, (left + MARGIN + right) / 2.0, bottom + 34, "middle", "#333", "pairs known");
    for (int i = 0; i < lines.size(); i++) {
      Line one = lines.get(i);
      var path = new StringBuilder();
      for (Row row : rows) {
        double y = bottom - (bottom - MARGIN) * one.value().applyAsDouble(row) / top;
        path.append(path.isEmpty() ? 'M' : 'L')
            .append(String.format(Locale.ROOT, "%.1f %.1f", x(left, row, rows), y));
        line(
            svg,
            "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
            x(left, row, rows),
            y,
            one.colour());
      }
      line(
          svg,
          "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>",
          path,
          one.colour());
      text(svg, left + MARGIN + 8 + 110 * i, MARGIN - 14, "start", one.colour(), one.name());
    }
  }

  private static double x(int left, Row row, List<Row> rows) {
    double first = Math.log(rows.get(0).pairs());
    double last = Math.log(rows.get(rows.size() - 1).pairs());
    double share = last > first ? (Math.log(row.pairs()) - first) / (last - first) : 0;
    return left + MARGIN + 20 + share * (WIDTH - 1.5 * MARGIN - 40);
  }

  /** The next 1, 2, 4 or 8 of a power of ten. */
  private static double nice(double value) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    for (int step : new int[] {1, 2, 4, 8}) {
      if (step * power >= value) {
        return step * power;
      }
    }
    return 10 * power;
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? "%,d".formatted((long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }

  private static void text(
      StringBuilder svg, double x, double y, String anchor, String colour, String words) {
    line(
        svg,
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">%s</text>",
        x,
        y,
        anchor,
        colour,
        words);
  }

  private static void line(StringBuilder svg, String form, Object... values) {
    svg.append(String.format(Locale.ROOT, form, values)).append('\n');
  }
}
