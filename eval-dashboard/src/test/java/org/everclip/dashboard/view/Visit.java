package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A page in a browser that notes console messages, errors, failures and requests to others. */
record Visit(
    String base, BrowserContext context, Page page, ConcurrentLinkedQueue<String> complaints)
    implements AutoCloseable {

  private static final String AXE = axe();

  /** The system's Chromium, driven by Playwright. */
  record Chromium(Playwright playwright, Browser browser) implements AutoCloseable {

    /**
     * Starts it. Without Chromium the tests are skipped with a line that says so, unless
     * EVERCLIP_REQUIRE_BROWSER=1 makes the absence a failure.
     */
    static Chromium start() {
      Optional<Path> program = find();
      if (program.isEmpty()) {
        boolean required = "1".equals(System.getenv("EVERCLIP_REQUIRE_BROWSER"));
        assertThat(required).as("Chromium is required, but not on the PATH").isFalse();
        System.out.println("SKIPPED: browser tests of the page, no Chromium on the PATH");
        Assumptions.abort("no Chromium on the PATH");
      }
      Playwright playwright =
          Playwright.create(
              new Playwright.CreateOptions()
                  .setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
      Browser browser =
          playwright
              .chromium()
              .launch(
                  new BrowserType.LaunchOptions()
                      .setExecutablePath(program.orElseThrow())
                      .setArgs(
                          List.of(
                              "--no-sandbox",
                              "--disable-background-networking",
                              "--disable-component-update",
                              "--disable-gpu",
                              "--disable-dev-shm-usage",
                              "--no-first-run")));
      return new Chromium(playwright, browser);
    }

    private static Optional<Path> find() {
      return Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
          .flatMap(
              folder ->
                  Stream.of("chromium", "chromium-browser", "google-chrome")
                      .map(Path.of(folder)::resolve))
          .filter(Files::isExecutable)
          .findFirst();
    }

    Visit visit(int port, int width, ColorScheme scheme) {
      BrowserContext context =
          browser.newContext(
              new Browser.NewContextOptions()
                  .setViewportSize(width, width < 600 ? 844 : 900)
                  .setReducedMotion(ReducedMotion.REDUCE)
                  .setColorScheme(scheme));
      return open("http://127.0.0.1:" + port, context);
    }

    @Override
    public void close() {
      playwright.close();
    }
  }

  private static Visit open(String base, BrowserContext context) {
    Page page = context.newPage();
    var complaints = new ConcurrentLinkedQueue<String>();
    page.onConsoleMessage(message -> complaints.add("console: " + message.text()));
    page.onPageError(error -> complaints.add("error: " + error));
    page.onRequest(
        request -> {
          if (!request.url().startsWith(base) && !request.url().startsWith("data:")) {
            complaints.add("request to " + request.url());
          }
        });
    page.onResponse(
        response -> {
          if (response.status() >= 400) {
            complaints.add(response.status() + " for " + response.url());
          }
        });
    return new Visit(base, context, page, complaints);
  }

  /** Goes there and waits until that view, not the one before it, is on the screen. */
  void go(String section) {
    page.navigate(base + "/#/" + section);
    page.waitForSelector("main[data-shown='" + page.evaluate("location.hash") + "'] h1");
    page.waitForSelector("#flow li");
  }

  boolean scrollsSideways() {
    return Boolean.TRUE.equals(
        page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"));
  }

  /** What axe-core calls serious or critical. */
  List<?> barriers() {
    page.evaluate(AXE);
    return (List<?>)
        page.evaluate(
            "async () => (await axe.run()).violations"
                + ".filter((v) => ['serious', 'critical'].includes(v.impact))"
                + ".map((v) => v.id + ': ' + v.nodes.slice(0, 3)"
                + ".map((n) => n.html + ' ' + n.failureSummary).join(' | '))");
  }

  private static String axe() {
    try (InputStream in = Objects.requireNonNull(Visit.class.getResourceAsStream("/axe.min.js"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
