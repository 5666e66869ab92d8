package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.dashboard.DashboardFeeds;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.service.ConfigLoader;
import org.everclip.service.Health;
import org.everclip.service.StopSignal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With registry, broker or evaluator away the page stays up, keeps what it knows, and says so. */
@Timeout(180)
class PartsDownTest {

  private static final List<String> VIEWS =
      List.of("stream", "training", "versions", "versions/demo/2", "benchmarks");

  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  /** However slow the machine is, nobody falls silent by it. */
  private static final Clock STANDING = Clock.fixed(NOW, ZoneOffset.UTC);

  private Visit.Chromium chromium;
  private ReadModel model;
  private EverclipConfig config;
  private DashboardServer server;

  @BeforeEach
  void start(@TempDir Path home) throws Exception {
    chromium = Visit.Chromium.start();
    // Nothing listens there: broker, schema registry and registry are away.
    config =
        new ConfigLoader(Map.of())
            .load(
                home,
                null,
                List.of(
                    "kafka.bootstrap=127.0.0.1:1",
                    "schemaRegistry.url=http://127.0.0.1:1",
                    "registry.url=http://127.0.0.1:1"));
    model = Seed.model(NOW, 2);
    server = DashboardServer.start(config, model, 0, STANDING);
  }

  @AfterEach
  void stop() {
    server.close();
    chromium.close();
  }

  @Test
  void brokerAndRegistryAreMissedByNameAndEveryViewStays() throws Exception {
    var stop = new StopSignal();
    var feeds = DashboardFeeds.start(config, model, RegistryClient.of(config), new Health(), stop);
    try (Visit visit = chromium.visit(server.port(), 1280, ColorScheme.LIGHT)) {
      visit.go("overview");
      visit
          .page()
          .waitForSelector(
              "text=The page cannot follow the stream",
              new com.microsoft.playwright.Page.WaitForSelectorOptions().setTimeout(60_000));
      visit
          .page()
          .waitForSelector(
              "text=The registry does not answer",
              new com.microsoft.playwright.Page.WaitForSelectorOptions().setTimeout(60_000));
      assertThat(visit.page().textContent("h1")).contains("need");
      assertThat(visit.page().textContent("main")).contains("everclip status");
      assertThat(visit.page().textContent("[data-stage=gate]")).contains("what waits is not known");
      for (String view : VIEWS) {
        visit.go(view);
        assertThat(visit.page().textContent("main")).as(view).doesNotContain("cannot be shown");
      }
      assertThat(visit.page().textContent("main")).contains("v2 was not promoted");
    } finally {
      stop.request();
      DashboardFeeds.join(feeds, Duration.ofSeconds(30));
    }
  }

  @Test
  void aSilentEvaluatorIsNamedWithTheNextStep() {
    Seed.reports(model, "evaluator", NOW.minusSeconds(40));
    try (Visit visit = chromium.visit(server.port(), 1280, ColorScheme.LIGHT)) {
      visit.go("overview");
      visit.page().waitForSelector("text=The evaluator role was last heard of");
      assertThat(visit.page().textContent("main")).contains("HOME/logs/evaluator.log");
      assertThat(visit.page().getAttribute("[data-stage=evaluator]", "class")).isEqualTo("trouble");
    }
  }

  @Test
  void whatStandsStillIsNamedWithItsAge() {
    server.close();
    ReadModel still =
        Seed.standingStill(
            NOW,
            Seed.pair("stuck", "stuck", Seed.picture(0x22aa44), 1, NOW),
            NOW.minus(Duration.ofMinutes(4)));
    Seed.waits(still, 12, NOW.minus(Duration.ofMinutes(7)));
    server = DashboardServer.start(config, still, 0, STANDING);
    try (Visit visit = chromium.visit(server.port(), 1280, ColorScheme.LIGHT)) {
      visit.go("overview");
      visit
          .page()
          .waitForSelector(
              "text=The gate decides nothing: 12 raw records wait, the oldest for 7 minutes.");
      assertThat(visit.page().textContent("main"))
          .contains("Reinforcement stands still: 1 accepted pairs wait, the oldest for 4 minutes.");
      assertThat(visit.page().textContent("[data-stage=reinforcement]"))
          .contains("1 to reinforce, oldest 4\u00a0min");
      assertThat(visit.complaints()).isEmpty();
    }
  }
}
