package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.BlobServer;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the page says and does, in a real browser. */
@Timeout(180)
class PageTest {

  /** The sum of a curve's jumps from point to point. */
  private static final String ROUGHNESS =
      "Chart.getChart(document.querySelector('#chart-loss canvas')).data.datasets[%d].data"
          + ".reduce((sum, p, i, all) => sum + (i ? Math.abs(p.y - all[i - 1].y) : 0), 0)";

  private static final Path PROJECT = Path.of(System.getProperty("everclip.project"));

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
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
      registry.close();
      chromium.close();
    }
  }

  private static Visit open() {
    return chromium.visit(server.port(), 1280, ColorScheme.LIGHT);
  }

  @Test
  void overviewSaysWhatMatters() {
    try (Visit visit = open()) {
      visit.go("overview");
      visit.page().waitForSelector(".lead");
      assertThat(visit.page().textContent("#flow")).contains("Gate", "Reinforcement", "main is v4");
      assertThat(visit.page().textContent("main"))
          .contains("demo v5 was not promoted: local/clipart_category falls by 24.0 points")
          .contains("What was thrown away, by reason");
      assertThat(visit.page().getAttribute("a[aria-label='Metrics of gate']", "href"))
          .isEqualTo("http://127.0.0.1:40001/metrics");
    }
  }

  @Test
  void hostileCaptionsAreInert() {
    try (Visit visit = open()) {
      visit.go("stream");
      visit.page().waitForSelector(".sample .caption.real");
      assertThat(visit.page().textContent(".sample .caption.real")).isEqualTo(Seed.SCRIPT);
      assertThat(visit.page().evaluate("window.hacked === undefined")).isEqualTo(true);
      assertThat(visit.page().locator(".sample script, .sample img[src=x]").count()).isZero();
      assertThat(
              visit
                  .page()
                  .evaluate(
                      "getComputedStyle(document.querySelectorAll('.caption.real')[1]).direction"))
          .isEqualTo("rtl");
      assertThat(visit.scrollsSideways()).isFalse();
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void anEventShowsWithinTwoSeconds() {
    try (Visit visit = open()) {
      visit.go("stream");
      visit.page().waitForSelector("#link-state.live");
      visit.page().waitForSelector(".sample");
      Seed.arrives(
          model,
          Seed.pair("green", "a green square just now", Seed.picture(0x22aa44), 1, Instant.now()));
      visit
          .page()
          .waitForSelector(
              "text=a green square just now", new Page.WaitForSelectorOptions().setTimeout(2000));
      Seed.vanishes(model, "green");
      visit
          .page()
          .waitForSelector(
              ".sample:first-child .caption.real:has-text('window.hacked')",
              new Page.WaitForSelectorOptions().setTimeout(2000));
    }
  }

  @Test
  void chartsHaveTheirValuesAsATable() {
    try (Visit visit = open()) {
      visit.go("training");
      visit.page().waitForSelector("#chart-loss canvas");
      visit.page().click("#chart-loss summary");
      assertThat(visit.page().textContent("#chart-loss tbody tr:first-child th")).isEqualTo("1500");
      assertThat(visit.page().locator("#chart-loss tbody tr").count()).isEqualTo(100);
      assertThat(visit.page().getAttribute("#chart-loss canvas", "aria-label"))
          .startsWith("Loss: total from ");
      assertThat(
              visit
                  .page()
                  .evaluate(
                      "Chart.getChart(document.querySelector('#chart-loss canvas')).data.datasets[0].data.length"))
          .isEqualTo(600);
    }
  }

  @Test
  void smoothingKeepsTheRawCurveAndIsALink() {
    try (Visit visit = open()) {
      visit.go("training");
      visit.page().waitForSelector("#chart-phases canvas");
      visit.page().selectOption("select[name=smooth]", "0.9");
      visit.page().waitForURL("**/#/training/demo-1?smooth=0.9");
      await()
          .pollInSameThread()
          .until(
              () ->
                  Integer.valueOf(6)
                      .equals(
                          visit
                              .page()
                              .evaluate(
                                  "Chart.getChart(document.querySelector('#chart-loss canvas'))?.data.datasets.length")));
      Object rough = visit.page().evaluate(ROUGHNESS.formatted(1));
      Object smooth = visit.page().evaluate(ROUGHNESS.formatted(0));
      assertThat(((Number) smooth).doubleValue()).isLessThan(((Number) rough).doubleValue() / 3);
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void benchmarksLabelWhatIsMissingAndWhy() {
    try (Visit visit = open()) {
      visit.go("benchmarks");
      visit.page().waitForSelector(".matrix");
      assertThat(visit.page().textContent(".decision"))
          .contains("v5 was not promoted", "−24.0", "140 of 400 (35.0 %)");
      assertThat(visit.page().textContent("main"))
          .contains("3 of 38 tasks have results; not available: no data: evaluation.datacomp")
          .contains("mean of the 2 local classification tasks")
          .contains("mean of the 38 DataComp tasks");
      assertThat(visit.page().textContent("tbody:not([data-family]) tr.mean td:nth-child(2)"))
          .isEqualTo("34.03 of 38");
      visit.page().click("tbody[data-family=wilds] a");
      visit.page().waitForSelector("tbody[data-family=wilds] tr.none");
      assertThat(visit.page().locator(".matrix tr.none .na").count()).isEqualTo(35 * 5);
      visit.page().click(".decision a:text-is('v3')");
      visit.page().waitForSelector("text=v3 became main");
      assertThat(visit.page().url()).endsWith("#/benchmarks/demo/3");
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void whatIsForgottenAndWhatItCostsInSpeedStandsBelow() {
    try (Visit visit = open()) {
      visit.go("benchmarks");
      visit.page().waitForSelector("h2:has-text('What it has kept')");
      assertThat(visit.page().textContent("[aria-label='E matrix'] tbody tr:first-child"))
          .contains("v5", "35.0", "24.0", "36.0");
      assertThat(visit.page().textContent("main"))
          .contains("v5 against the best before it, in points: 2024 −4.0, 2025 −14.0.");
      assertThat(visit.page().textContent("[aria-label='Speed and calibration by version'] tbody"))
          .contains("12.5", "12.1–13.2", "7.0 %");
    }
  }

  @Test
  void comparisonPutsSettingsFirstAndSaysWhatIsClear() {
    try (Visit visit = open()) {
      visit.go("versions/demo/5");
      visit.page().click("a:text-is('parent and main v4')");
      visit.page().waitForSelector("text=What differs in how they were made");
      assertThat(visit.page().url()).endsWith("#/versions/demo/4..5");
      assertThat(visit.page().textContent("main")).contains("steps12001500", "140 of 400 (35.0 %)");
      assertThat(visit.page().textContent("main tr:has-text('clipart_category')"))
          .contains("26.0", "12.0", "−14.0", "worse");
      visit.go("versions/demo/3..4");
      visit.page().waitForSelector("h1:text-is('demo v3 and v4')");
      assertThat(visit.page().textContent("main tr:has-text('emoji_category')"))
          .contains("+1.0", "within noise");
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void lineageLeadsToVersionsAndTasksToCurves() {
    try (Visit visit = open()) {
      visit.go("versions");
      visit.page().click(".lineage a[aria-label^='v4, round 4, main']");
      visit.page().waitForSelector("h1:text-is('demo v4')");
      visit.go("benchmarks");
      visit.page().click(".matrix a[href$='task=holdout%2Fall']");
      visit.page().waitForSelector("figure canvas");
      visit.page().click("figure summary");
      assertThat(visit.page().locator("figure tbody tr").count()).isEqualTo(5);
      assertThat(visit.page().textContent("figure tbody tr:first-child")).isEqualTo("529");
      visit.go("benchmarks/demo?task=mnist");
      visit.page().waitForSelector("figure canvas");
      assertThat(visit.page().textContent("main")).contains("apple/ml-mobileclip");
      visit.page().click("figure summary");
      assertThat(visit.page().textContent("figure thead")).contains("MobileCLIP-S0 (published)");
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void aVersionSaysHowToGetItAndWhetherItIsWhatWasSigned() {
    try (Visit visit = open()) {
      visit.go("versions/demo/4");
      visit.page().waitForSelector("h2:text-is('Get it')");
      assertThat(visit.page().textContent(".commands"))
          .contains("./everclip pull demo@v4", "snapshot_download('everclip/demo', revision='v4')")
          .contains("HF_ENDPOINT=" + registry.url(), "curl -fLO", "@huggingface/hub");
      assertThat(visit.page().textContent("main"))
          .contains("signature fits", "names its predecessor", "same key as before")
          .contains("from v1 to v4 by promotion gate");
      assertThat(visit.page().textContent("pre[aria-label='Model card']")).contains(Seed.SCRIPT);
      assertThat(visit.page().evaluate("window.hacked === undefined")).isEqualTo(true);
      assertThat(visit.page().getAttribute("a:text-is('model.safetensors')", "href"))
          .isEqualTo(registry.url() + "/everclip/demo/resolve/v4/model.safetensors");
      visit.go("versions");
      visit.page().fill("input[name=first]", "2");
      visit.page().click("form.compare button");
      visit.page().waitForSelector("h1:text-is('demo v2 and v5')");
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void samplesThatFlippedAreShownWithTheirPictures() {
    try (Visit visit = open()) {
      visit.go("versions/demo/4..5");
      visit.page().click("a[aria-label='Samples of local/clipart_category that flipped']");
      visit.page().waitForSelector("#examples .flips img");
      assertThat(visit.page().textContent("#examples"))
          .contains("Right in v4, wrong in v5: 20 of 80", "s0000000", "is a building")
          .contains("a building → a flag");
      assertThat(visit.page().textContent("tr:has-text('clipart_category')"))
          .contains("−20 +5", "worse");
      await()
          .pollInSameThread()
          .until(
              () ->
                  Boolean.TRUE.equals(
                      visit
                          .page()
                          .evaluate("document.querySelector('.flips img').naturalWidth > 0")));
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void roundsSayWhatTheyCost() {
    try (Visit visit = open()) {
      visit.go("training/demo-1?over=rounds");
      visit.page().waitForSelector("#training-rounds table");
      assertThat(visit.page().textContent("#training-rounds tbody tr:nth-child(3)"))
          .contains("601–900", "19,200", "0.04\u00a0EUR", "2024 25.0\u00a0%2025 75.0\u00a0%");
      visit.page().click("#chart-loss summary");
      assertThat(visit.page().locator("#chart-loss tbody tr").count()).isEqualTo(5);
      assertThat(visit.complaints()).isEmpty();
    }
  }
}
