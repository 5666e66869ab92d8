package org.everclip.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Walks every view of a running page in the system's Chromium, wide and narrow: no console message,
 * no failed request, no request to another host, nothing serious for axe-core, nothing wider than
 * the window. Pictures go to a folder.
 */
final class PageWalk {

  private static final String VIEW_SHOWN = "performance.getEntriesByName('view-shown').length > 0";

  private final String base;
  private final Path pictures;
  private final List<String> complaints = new ArrayList<>();

  PageWalk(String base, Path pictures) {
    this.base = base;
    this.pictures = pictures;
  }

  /** The system's browser, if there is one; its absence is an error where it is required. */
  static Optional<Path> chromium() {
    Optional<Path> found =
        Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
            .map(folder -> Path.of(folder).resolve("chromium"))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      assertThat(System.getenv("EVERCLIP_REQUIRE_BROWSER"))
          .as("Chromium is required, but not on the PATH")
          .isNotEqualTo("1");
      System.out.println("SKIPPED: the walk through the page, no Chromium on the PATH");
    }
    return found;
  }

  /** Visits the sections and what they link to; returns what there was to complain about. */
  List<String> walk(Path chromium) throws IOException {
    Files.createDirectories(pictures);
    try (Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))) {
      Browser browser =
          playwright
              .chromium()
              .launch(
                  new BrowserType.LaunchOptions()
                      .setExecutablePath(chromium)
                      .setArgs(
                          List.of("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")));
      for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
        for (int width : List.of(1280, 390)) {
          visit(browser, width, scheme);
        }
      }
    }
    return complaints;
  }

  private void visit(Browser browser, int width, ColorScheme scheme) throws IOException {
    try (var context =
        browser.newContext(
            new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme))) {
      Page page = context.newPage();
      page.onConsoleMessage(message -> complaints.add("console: " + message.text()));
      page.onPageError(error -> complaints.add("error: " + error));
      page.onRequest(
          request -> {
            if (!request.url().startsWith(base) && !request.url().matches("(data|about):.*")) {
              complaints.add("request to " + request.url());
            }
          });
      page.onResponse(
          response -> {
            if (response.status() >= 400) {
              complaints.add(response.status() + " for " + response.url());
            }
          });
      for (String view : List.of("overview", "stream", "stream/rejected", "training")) {
        look(page, view, view, width, scheme);
      }
      look(page, "stream/search?text=a%20flag", "search", width, scheme);
      look(page, "versions", "versions", width, scheme);
      look(page, linked(page, "main tbody th a"), "version", width, scheme);
      String other = linked(page, "main p.small a[href*='..']");
      if (!other.isEmpty()) {
        look(page, other, "compare", width, scheme);
      }
      look(page, "benchmarks", "benchmarks", width, scheme);
      look(page, linked(page, ".matrix a[href*='task=']"), "task", width, scheme);
    }
  }

  /** Where the first such link of the page leads, without its {@code #/}; empty for none. */
  private static String linked(Page page, String selector) {
    String href =
        page.locator(selector).count() == 0
            ? null
            : page.locator(selector).first().getAttribute("href");
    return href == null ? "" : href.substring("#/".length());
  }

  private void look(Page page, String view, String name, int width, ColorScheme scheme)
      throws IOException {
    String label = "%s at %d %s".formatted(name, width, scheme);
    page.navigate("about:blank");
    page.navigate(base + "/#/" + view);
    page.waitForSelector("main h1");
    page.waitForFunction(VIEW_SHOWN);
    page.screenshot(
        new Page.ScreenshotOptions()
            .setFullPage(true)
            .setPath(pictures.resolve("%s-%d-%s.png".formatted(name, width, scheme))));
    if (page.content().contains("This part cannot be shown")) {
      complaints.add(label + " cannot be shown");
    }
    if (Boolean.TRUE.equals(
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"))) {
      complaints.add(label + " is wider than the window");
    }
    page.evaluate(axe());
    List<?> barriers =
        (List<?>)
            page.evaluate(
                "async () => (await axe.run()).violations"
                    + ".filter((v) => ['serious', 'critical'].includes(v.impact))"
                    + ".map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html).join(' | '))");
    barriers.forEach(barrier -> complaints.add(label + ": " + barrier));
  }

  private static String axe() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(PageWalk.class.getResourceAsStream("/axe.min.js"))) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
