package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.dashboard.search.TeacherTowers;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The page in a real browser. Without Chromium it is skipped with a line that says so, unless
 * EVERCLIP_REQUIRE_BROWSER=1 makes the absence a failure. Pictures go to target/screenshots.
 */
@Timeout(180)
class PageTest {

  private static final Path SCREENSHOTS = Path.of("target/screenshots");
  private static final List<String> SECTIONS =
      List.of(
          "overview",
          "stream",
          "stream/rejected",
          "training",
          "versions",
          "versions/demo/5",
          "versions/demo/4..5",
          "benchmarks",
          "benchmarks/demo?task=holdout%2Fall");

  /** The sum of a curve's jumps from point to point. */
  private static final String ROUGHNESS =
      "Chart.getChart(document.querySelector('#chart-loss canvas')).data.datasets[%d].data"
          + ".reduce((sum, p, i, all) => sum + (i ? Math.abs(p.y - all[i - 1].y) : 0), 0)";

  private static final Path PROJECT = Path.of(System.getProperty("everclip.project"));
  private static final String AXE = axe();

  private static Playwright playwright;
  private static Browser browser;
  private static ReadModel model;
  private static DashboardServer server;

  @BeforeAll
  static void start(@TempDir Path home) throws Exception {
    Optional<Path> chromium = chromium();
    if (chromium.isEmpty()) {
      boolean required = "1".equals(System.getenv("EVERCLIP_REQUIRE_BROWSER"));
      assertThat(required).as("Chromium is required, but not on the PATH").isFalse();
      System.out.println("SKIPPED: browser tests of the page, no Chromium on the PATH");
      Assumptions.abort("no Chromium on the PATH");
    }
    EverclipConfig config =
        new ConfigLoader(Map.of("EVERCLIP_PROGRAM", PROJECT.toString()))
            .load(home, null, List.of());
    model = Seed.model(Instant.now(), 5);
    server = DashboardServer.start(config, model, 0, Clock.systemUTC());
    playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(chromium.orElseThrow())
                    .setArgs(
                        List.of(
                            "--no-sandbox",
                            "--disable-background-networking",
                            "--disable-component-update",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--no-first-run")));
    Files.createDirectories(SCREENSHOTS);
  }

  @AfterAll
  static void stop() {
    if (playwright != null) {
      playwright.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private static String axe() {
    try (InputStream in =
        Objects.requireNonNull(PageTest.class.getResourceAsStream("/axe.min.js"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> chromium() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(Path.of(folder)::resolve))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A page that notes console messages, errors and requests to other hosts. */
  private record Visit(BrowserContext context, Page page, ConcurrentLinkedQueue<String> complaints)
      implements AutoCloseable {

    static Visit open(int width, ColorScheme scheme) {
      BrowserContext context =
          browser.newContext(
              new Browser.NewContextOptions()
                  .setViewportSize(width, width < 600 ? 844 : 900)
                  .setReducedMotion(ReducedMotion.REDUCE)
                  .setColorScheme(scheme));
      Page page = context.newPage();
      var complaints = new ConcurrentLinkedQueue<String>();
      page.onConsoleMessage(message -> complaints.add("console: " + message.text()));
      page.onPageError(error -> complaints.add("error: " + error));
      page.onRequest(
          request -> {
            if (!request.url().startsWith(base()) && !request.url().startsWith("data:")) {
              complaints.add("request to " + request.url());
            }
          });
      page.onResponse(
          response -> {
            if (response.status() >= 400) {
              complaints.add(response.status() + " for " + response.url());
            }
          });
      return new Visit(context, page, complaints);
    }

    void go(String section) {
      page.navigate(base() + "/#/" + section);
      page.waitForSelector("main h1");
      page.waitForSelector("#flow li");
    }

    boolean scrollsSideways() {
      return (Boolean)
          page.evaluate(
              "document.documentElement.scrollWidth > document.documentElement.clientWidth");
    }

    /** What axe-core calls serious or critical. */
    List<?> barriers() {
      page.evaluate(AXE);
      return (List<?>)
          page.evaluate(
              "async () => (await axe.run()).violations.filter((v) => ['serious', 'critical'].includes(v.impact))"
                  + ".map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' | '))");
    }

    @Override
    public void close() {
      context.close();
    }
  }

  private static String base() {
    return "http://127.0.0.1:" + server.port();
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "390, LIGHT", "1280, DARK", "390, DARK"})
  void everySectionShowsWithoutComplaint(int width, ColorScheme scheme) {
    for (String section : SECTIONS) {
      Seed.flow(model, Instant.now());
      try (Visit visit = Visit.open(width, scheme)) {
        visit.go(section);
        if (section.equals("training")) {
          visit.page.waitForSelector("#chart-results-demo canvas");
        }
        if (section.equals("stream")) {
          await()
              .pollInSameThread()
              .until(
                  () ->
                      Boolean.TRUE.equals(
                          visit.page.evaluate(
                              "[...document.querySelectorAll('.sample img')].slice(0, 9).every((i) => i.naturalWidth > 0)")));
        }
        visit.page.screenshot(
            new Page.ScreenshotOptions()
                .setFullPage(true)
                .setPath(
                    SCREENSHOTS.resolve(
                        "%s-%d-%s.png"
                            .formatted(section.replaceAll("[^a-z0-9]+", "-"), width, scheme)
                            .toLowerCase(java.util.Locale.ROOT))));
        assertThat(visit.scrollsSideways()).as(section + " is wider than the window").isFalse();
        assertThat(visit.barriers()).as(section).isEmpty();
        assertThat(visit.complaints).as(section).isEmpty();
      }
    }
  }

  @Test
  void overviewSaysWhatMatters() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("overview");
      visit.page.waitForSelector(".lead");
      assertThat(visit.page.textContent("#flow")).contains("Gate", "Reinforcement", "main is v4");
      assertThat(visit.page.textContent("main"))
          .contains("demo v5 was not promoted: local/clipart_category falls by 24.0 points");
    }
  }

  @Test
  void hostileCaptionsAreInert() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("stream");
      visit.page.waitForSelector(".sample .caption.real");
      assertThat(visit.page.textContent(".sample .caption.real")).isEqualTo(Seed.SCRIPT);
      assertThat(visit.page.evaluate("window.hacked === undefined")).isEqualTo(true);
      assertThat(visit.page.locator(".sample script, .sample img[src=x]").count()).isZero();
      assertThat(
              visit.page.evaluate(
                  "getComputedStyle(document.querySelectorAll('.caption.real')[1]).direction"))
          .isEqualTo("rtl");
      assertThat(visit.scrollsSideways()).isFalse();
      assertThat(visit.complaints).isEmpty();
    }
  }

  @Test
  void anEventShowsWithinTwoSeconds() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("stream");
      visit.page.waitForSelector("#link-state.live");
      visit.page.waitForSelector(".sample");
      Seed.arrives(
          model,
          Seed.pair("green", "a green square just now", Seed.picture(0x22aa44), 1, Instant.now()));
      visit.page.waitForSelector(
          "text=a green square just now", new Page.WaitForSelectorOptions().setTimeout(2000));
      Seed.vanishes(model, "green");
      visit.page.waitForSelector(
          ".sample:first-child .caption.real:has-text('window.hacked')",
          new Page.WaitForSelectorOptions().setTimeout(2000));
    }
  }

  @Test
  void chartsHaveTheirValuesAsATable() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("training");
      visit.page.waitForSelector("#chart-loss canvas");
      visit.page.click("#chart-loss summary");
      assertThat(visit.page.textContent("#chart-loss tbody tr:first-child th")).isEqualTo("1500");
      assertThat(visit.page.locator("#chart-loss tbody tr").count()).isEqualTo(100);
      assertThat(visit.page.getAttribute("#chart-loss canvas", "aria-label"))
          .startsWith("Loss: total from ");
      assertThat(
              visit.page.evaluate(
                  "Chart.getChart(document.querySelector('#chart-loss canvas')).data.datasets[0].data.length"))
          .isEqualTo(600);
    }
  }

  @Test
  void smoothingKeepsTheRawCurveAndIsALink() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("training");
      visit.page.waitForSelector("#chart-phases canvas");
      visit.page.selectOption("select[name=smooth]", "0.9");
      visit.page.waitForURL("**/#/training/demo-1?smooth=0.9");
      await()
          .pollInSameThread()
          .until(
              () ->
                  Integer.valueOf(6)
                      .equals(
                          visit.page.evaluate(
                              "Chart.getChart(document.querySelector('#chart-loss canvas'))?.data.datasets.length")));
      Object rough = visit.page.evaluate(ROUGHNESS.formatted(1));
      Object smooth = visit.page.evaluate(ROUGHNESS.formatted(0));
      assertThat(((Number) smooth).doubleValue()).isLessThan(((Number) rough).doubleValue() / 3);
      assertThat(visit.complaints).isEmpty();
    }
  }

  @Test
  void benchmarksLabelWhatIsMissingAndWhy() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("benchmarks");
      visit.page.waitForSelector(".matrix");
      assertThat(visit.page.textContent(".decision"))
          .contains("v5 was not promoted", "−24.0", "140 of 400 (35.0 %)");
      assertThat(visit.page.locator(".matrix .na").count()).isEqualTo(38 * 5);
      assertThat(visit.page.textContent("main"))
          .contains("0 of 38 tasks have results; not available: no data: evaluation.datacomp")
          .contains("mean of 2 local classification tasks");
      visit.page.click(".decision a:text-is('v3')");
      visit.page.waitForSelector("text=v3 became main");
      assertThat(visit.page.url()).endsWith("#/benchmarks/demo/3");
    }
  }

  @Test
  void comparisonPutsSettingsFirstAndSaysWhatIsClear() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("versions/demo/5");
      visit.page.click("a:text-is('parent and main v4')");
      visit.page.waitForSelector("text=What differs in how they were made");
      assertThat(visit.page.url()).endsWith("#/versions/demo/4..5");
      assertThat(visit.page.textContent("main")).contains("steps12001500", "140 of 400 (35.0 %)");
      assertThat(visit.page.textContent("main tr:has-text('clipart_category')"))
          .contains("26.0", "12.0", "−14.0", "worse");
      visit.go("versions/demo/3..4");
      visit.page.waitForSelector("h1:text-is('demo v3 and v4')");
      assertThat(visit.page.textContent("main tr:has-text('emoji_category')"))
          .contains("+1.0", "within noise");
      assertThat(visit.complaints).isEmpty();
    }
  }

  @Test
  void lineageLeadsToVersionsAndTasksToCurves() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("versions");
      visit.page.click(".lineage a[aria-label^='v4, round 4, main']");
      visit.page.waitForSelector("h1:text-is('demo v4')");
      visit.go("benchmarks");
      visit.page.click(".matrix a[href$='task=holdout%2Fall']");
      visit.page.waitForSelector("figure canvas");
      visit.page.click("figure summary");
      assertThat(visit.page.locator("figure tbody tr").count()).isEqualTo(5);
      assertThat(visit.page.textContent("figure tbody tr:first-child")).isEqualTo("529");
      assertThat(visit.complaints).isEmpty();
    }
  }

  @Test
  void theStreamIsSearchedByTextAndByPicture() {
    byte[] green = Seed.picture(0x22aa44);
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT);
        var towers = new TeacherTowers(PROJECT.resolve(Seed.TEACHER))) {
      Seed.arrives(
          model, Seed.embedded(Seed.pair("leaf", "a green leaf", green, 1, Instant.now()), towers));
      visit.go("stream");
      visit.page.fill("input[type=search]", "something green");
      visit.page.keyboard().press("Enter");
      visit.page.waitForSelector("#search-note:has-text('something green')");
      visit.page.waitForSelector(".sample .caption.real:text-is('a green leaf')");
      assertThat(visit.page.url()).endsWith("#/stream/search?text=something+green");
      assertThat(visit.page.textContent("#search-note"))
          .contains("among the 1 newest", "in the space of teacher-conv@");

      visit.page.setInputFiles("input[type=file]", new FilePayload("leaf.png", "image/png", green));
      visit.page.waitForSelector("#search-note:has-text('leaf.png')");
      visit.page.waitForSelector(".sample:has-text('Similarity1.000')");
      assertThat(visit.barriers()).isEmpty();
      assertThat(visit.complaints).isEmpty();
    } finally {
      Seed.vanishes(model, "leaf");
    }
  }

  @Test
  void filtersArePermanentLinks() {
    try (Visit visit = Visit.open(1280, ColorScheme.LIGHT)) {
      visit.go("stream/rejected?reason=DUPLICATE_NEAR");
      visit.page.waitForSelector("#rejections table");
      assertThat(visit.page.locator("#rejections tbody tr").count()).isEqualTo(1);
      visit.page.selectOption("select[name=reason]", "DUPLICATE_EXACT");
      visit.page.waitForSelector("#rejections tbody tr:nth-child(2)");
      assertThat(visit.page.url()).endsWith("#/stream/rejected?reason=DUPLICATE_EXACT");
      visit.page.keyboard().press("Tab");
      assertThat(visit.complaints).isEmpty();
    }
  }
}
