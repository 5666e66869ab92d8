package org.everclip.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.everclip.trainer.offline.HeldOut;

/** Curves of recall@5 and zero-shot accuracy over steps as an SVG: means, and the seeds' range. */
final class LearningPlot {

  private static final int WIDTH = 460;
  private static final int HEIGHT = 300;
  private static final int LEFT = 44;
  private static final int BOTTOM = 40;
  private static final int TOP = 28;
  private static final String[] COLOURS = {"#555555", "#0072b2", "#009e73", "#e69f00", "#d55e00"};

  private LearningPlot() {}

  static String svg(
      Map<LearningArm, List<LearningLooks>> runs, List<HeldOut> sets, LearningArm full) {
    Map<LearningArm, List<LearningLooks>> shown = new LinkedHashMap<>(runs);
    shown.keySet().removeIf(arm -> arm.name().equals(full.name()) && !arm.equals(full));
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"11\">%n<rect width=\"100%%\""
                + " height=\"100%%\" fill=\"white\"/>%n",
            2 * WIDTH,
            HEIGHT + 24));
    panel(text, shown, sets, LearningMeasure.RECALL_AT_5, 0);
    panel(text, shown, sets, LearningMeasure.ZERO_SHOT, WIDTH);
    int x = LEFT;
    int colour = 0;
    for (LearningArm arm : shown.keySet()) {
      text.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%d\" width=\"12\" height=\"4\" fill=\"%s\"/><text x=\"%d\""
                  + " y=\"%d\">%s</text>%n",
              x,
              HEIGHT + 8,
              COLOURS[colour++ % COLOURS.length],
              x + 16,
              HEIGHT + 14,
              arm.name()));
      x += 30 + 7 * arm.name().length();
    }
    return text.append("</svg>\n").toString();
  }

  private static void panel(
      StringBuilder text,
      Map<LearningArm, List<LearningLooks>> runs,
      List<HeldOut> sets,
      LearningMeasure measure,
      int offset) {
    List<LearningCurves> curves =
        runs.values().stream().map(looks -> new LearningCurves(looks, measure, sets)).toList();
    double steps = curves.stream().mapToInt(LearningCurves::last).max().orElse(1);
    double highest =
        curves.stream()
            .flatMap(c -> c.curve(c.all()).keySet().stream().map(c::spread))
            .flatMapToDouble(Arrays::stream)
            .max()
            .orElse(1);
    double top = Math.ceil(highest / 5) * 5;
    axes(text, measure, offset, steps, top);
    for (int i = 0; i < curves.size(); i++) {
      LearningCurves curve = curves.get(i);
      var mean = new ArrayList<String>();
      var band = new ArrayList<String>();
      for (var look : curve.curve(curve.all()).entrySet()) {
        double x = x(offset, look.getKey(), steps);
        double[] seeds = curve.spread(look.getKey());
        mean.add(point(x, y(look.getValue(), top)));
        band.add(point(x, y(Arrays.stream(seeds).max().orElseThrow(), top)));
      }
      for (int step : curve.curve(curve.all()).descendingKeySet()) {
        double low = Arrays.stream(curve.spread(step)).min().orElseThrow();
        band.add(point(x(offset, step, steps), y(low, top)));
      }
      String colour = COLOURS[i % COLOURS.length];
      text.append(
          String.format(
              Locale.ROOT,
              "<polygon points=\"%s\" fill=\"%s\" opacity=\"0.15\"/>%n<polyline points=\"%s\""
                  + " fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
              String.join(" ", band),
              colour,
              String.join(" ", mean),
              colour));
    }
  }

  private static void axes(
      StringBuilder text, LearningMeasure measure, int offset, double steps, double top) {
    text.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"16\" font-size=\"13\">%s, percent</text><text x=\"%d\""
                + " y=\"%d\">steps</text>%n",
            offset + LEFT,
            measure.label(),
            offset + WIDTH - 60,
            HEIGHT - 8));
    for (double value = 0; value <= top; value += 5) {
      text.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/><text x=\"%d\""
                  + " y=\"%.1f\" text-anchor=\"end\">%.0f</text>%n",
              offset + LEFT,
              offset + WIDTH - 16,
              y(value, top),
              y(value, top),
              offset + LEFT - 6,
              y(value, top) + 4,
              value));
    }
    for (int tick = 1; tick <= 5; tick++) {
      double step = steps * tick / 5;
      text.append(
          String.format(
              Locale.ROOT,
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f</text>%n",
              x(offset, step, steps),
              HEIGHT - BOTTOM + 16,
              step));
    }
  }

  private static double x(int offset, double step, double steps) {
    return offset + LEFT + step / steps * (WIDTH - LEFT - 16);
  }

  private static double y(double value, double top) {
    return HEIGHT - BOTTOM - value / top * (HEIGHT - BOTTOM - TOP);
  }

  private static String point(double x, double y) {
    return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
  }
}
