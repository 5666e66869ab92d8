package org.everclip.dashboard.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.everclip.contracts.Sha256;
import org.jspecify.annotations.Nullable;

/**
 * The page's own files and the chart library, read from the class path once; nothing else can be
 * asked for. Thread-safe.
 */
final class Assets {

  private static final String CHART = "/META-INF/maven/org.webjars.npm/chart.js/pom.properties";
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");
  private static final String[] OWN = {
    "index.html",
    "style.css",
    "icon.svg",
    "app.js",
    "benchmarks.js",
    "beside.js",
    "charts.js",
    "commands.js",
    "compare.js",
    "curves.js",
    "decision.js",
    "dom.js",
    "flips.js",
    "flow.js",
    "heatmap.js",
    "labels.js",
    "lineage.js",
    "live.js",
    "matrix.js",
    "overview.js",
    "pager.js",
    "periods.js",
    "redrive.js",
    "rejected.js",
    "rounds.js",
    "sample.js",
    "search.js",
    "smoothing.js",
    "stream.js",
    "training.js",
    "version.js",
    "versions.js"
  };

  /** A file with its type and a tag that changes with its content. */
  record Asset(byte[] bytes, String type, String tag) {}

  private final Map<String, Asset> files = new LinkedHashMap<>();

  Assets() {
    for (String name : OWN) {
      files.put(name, read("/page/" + name));
    }
    files.put("chart.js", read(chartPath()));
  }

  Optional<Asset> find(@Nullable String name) {
    return Optional.ofNullable(name == null ? null : files.get(name));
  }

  private static String chartPath() {
    var properties = new Properties();
    try (InputStream in = open(CHART)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "/META-INF/resources/webjars/chart.js/"
        + properties.getProperty("version")
        + "/dist/chart.umd.js";
  }

  private static Asset read(String path) {
    try (InputStream in = open(path)) {
      byte[] bytes = in.readAllBytes();
      String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
      if (type == null) {
        throw new AssertionError("no media type for " + path);
      }
      return new Asset(bytes, type, '"' + Sha256.hex(bytes).substring(0, 16) + '"');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String path) {
    InputStream in = Assets.class.getResourceAsStream(path);
    if (in == null) {
      throw new IllegalStateException(
          path + " is not on the class path; the dashboard's jars are incomplete, build again");
    }
    return in;
  }
}
