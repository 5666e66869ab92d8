package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.BlobServer;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every view in a real browser, wide and narrow, light and dark: no complaint of the browser or of
 * axe-core, nothing wider than the window. Pictures go to target/screenshots.
 */
@Timeout(600)
class EveryViewTest {

  private static final Path SCREENSHOTS = Path.of("target/screenshots");
  private static final Path PROJECT = Path.of(System.getProperty("everclip.project"));

  private static final List<String> VIEWS =
      List.of(
          "overview",
          "stream",
          "stream/rejected",
          "training",
          "training/demo-1?over=rounds",
          "versions",
          "versions/demo/5",
          "versions/demo/4..5?task=local%2Fclipart_category",
          "benchmarks",
          "benchmarks/demo/3?all=1",
          "benchmarks/demo?task=mnist");

  private static Visit.Chromium chromium;
  private static BlobServer registry;
  private static ReadModel model;
  private static DashboardServer server;

  @BeforeAll
  static void start(@TempDir Path home) throws Exception {
    chromium = Visit.Chromium.start();
    var blobs = new BlobServer.Blobs();
    registry = new BlobServer(blobs);
    EverclipConfig config =
        new ConfigLoader(Map.of("EVERCLIP_PROGRAM", PROJECT.toString()))
            .load(home, null, List.of("registry.url=" + registry.url()));
    model = Seed.model(Instant.now(), 5, blobs);
    server = DashboardServer.start(config, model, 0, Clock.systemUTC());
    Files.createDirectories(SCREENSHOTS);
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
      registry.close();
      chromium.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "390, LIGHT", "1280, DARK", "390, DARK"})
  void isShownWithoutComplaint(int width, ColorScheme scheme) {
    for (String view : VIEWS) {
      Seed.flow(model, Instant.now());
      try (Visit visit = chromium.visit(server.port(), width, scheme)) {
        visit.go(view);
        settle(visit, view);
        visit
            .page()
            .screenshot(
                new Page.ScreenshotOptions()
                    .setFullPage(true)
                    .setPath(
                        SCREENSHOTS.resolve(
                            "%s-%d-%s.png"
                                .formatted(view.replaceAll("[^a-z0-9]+", "-"), width, scheme)
                                .toLowerCase(Locale.ROOT))));
        assertThat(visit.scrollsSideways()).as(view + " is wider than the window").isFalse();
        // Colours differ by scheme and layout by width: two of the four show all of both.
        if ((width > 600) == (scheme == ColorScheme.LIGHT)) {
          assertThat(visit.barriers()).as(view).isEmpty();
        }
        assertThat(visit.complaints()).as(view).isEmpty();
      }
    }
  }

  /** Until what comes last is there. */
  private static void settle(Visit visit, String view) {
    if (view.startsWith("training")) {
      visit.page().waitForSelector("#chart-results-demo canvas");
    }
    if (view.equals("stream") || view.contains("task=local")) {
      await()
          .pollInSameThread()
          .until(
              () ->
                  Boolean.TRUE.equals(
                      visit
                          .page()
                          .evaluate(
                              "document.querySelectorAll('main img').length > 8 &&"
                                  + " [...document.querySelectorAll('main img')].slice(0, 9)"
                                  + ".every((i) => i.naturalWidth > 0)")));
    }
  }
}
