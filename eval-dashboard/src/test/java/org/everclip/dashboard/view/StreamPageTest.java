package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.dashboard.search.TeacherTowers;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Searching the stream and looking after what was refused, in a real browser. */
@Timeout(180)
class StreamPageTest {

  private static final Path PROJECT = Path.of(System.getProperty("everclip.project"));
  private static final String TOKEN = "a-token-of-the-test";

  private static Visit.Chromium chromium;
  private static ReadModel model;
  private static DashboardServer server;

  @BeforeAll
  static void start(@TempDir Path home) throws Exception {
    chromium = Visit.Chromium.start();
    EverclipConfig config =
        new ConfigLoader(Map.of("EVERCLIP_PROGRAM", PROJECT.toString()))
            .load(home, null, List.of("dashboard.token=" + TOKEN));
    model = Seed.model(Instant.now(), 2);
    server = DashboardServer.start(config, model, 0, Clock.systemUTC());
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.close();
      chromium.close();
    }
  }

  private static Visit open() {
    return chromium.visit(server.port(), 1280, ColorScheme.LIGHT);
  }

  @Test
  void itIsSearchedByTextAndByPictureInEachTeachersSpace() {
    byte[] green = Seed.picture(0x22aa44);
    try (Visit visit = open();
        var conv = new TeacherTowers(PROJECT.resolve(Seed.TEACHER));
        var vit = new TeacherTowers(PROJECT.resolve(Seed.OTHER_TEACHER))) {
      Seed.arrives(
          model,
          Seed.embedded(Seed.pair("leaf", "a green leaf", green, 1, Instant.now()), conv, vit));
      visit.go("stream");
      visit.page().fill("input[type=search]", "something green");
      visit.page().keyboard().press("Enter");
      visit.page().waitForSelector("#search-note:has-text('something green')");
      visit.page().waitForSelector(".sample .caption.real:text-is('a green leaf')");
      assertThat(visit.page().url()).endsWith("#/stream/search?text=something+green");
      assertThat(visit.page().textContent("#search-note"))
          .contains(conv.spaceId() + " (1 vectors)", vit.spaceId() + " (1 vectors)")
          .contains("reciprocal rank fusion");

      visit.page().click("#search-spaces a:text-is('" + vit.spaceId() + "')");
      visit.page().waitForURL("**space=teacher-vit**");
      visit.page().waitForSelector("#search-spaces a[aria-current]:has-text('teacher-vit')");
      assertThat(visit.page().textContent(".sample .words .kind")).doesNotContain("teacher-conv");

      visit
          .page()
          .setInputFiles("input[type=file]", new FilePayload("leaf.png", "image/png", green));
      visit.page().waitForSelector("#search-note:has-text('leaf.png')");
      visit.page().waitForSelector(".sample:has-text('teacher-conv 1.000')");
      assertThat(visit.barriers()).isEmpty();
      assertThat(visit.complaints()).isEmpty();
    } finally {
      Seed.vanishes(model, "leaf");
    }
  }

  @Test
  void filtersArePermanentLinksAndFollowTheStream() {
    try (Visit visit = open()) {
      visit.go("stream/rejected?reason=DUPLICATE_NEAR");
      visit.page().waitForSelector("#rejections table");
      assertThat(visit.page().locator("#rejections tbody tr").count()).isEqualTo(1);
      Seed.isRefused(model, Seed.rejection(RejectionReason.CAPTION_TOO_LONG, 77, Instant.now()));
      visit
          .page()
          .waitForSelector(
              "select[name=reason] option[value=CAPTION_TOO_LONG]",
              new com.microsoft.playwright.Page.WaitForSelectorOptions()
                  .setState(com.microsoft.playwright.options.WaitForSelectorState.ATTACHED));
      visit.page().selectOption("select[name=reason]", "DUPLICATE_EXACT");
      visit.page().waitForSelector("#rejections tbody tr:nth-child(2)");
      assertThat(visit.page().url()).endsWith("#/stream/rejected?reason=DUPLICATE_EXACT");
      visit.page().keyboard().press("Tab");
      assertThat(visit.complaints()).isEmpty();
    }
  }

  @Test
  void sendingAgainWantsTheTokenAndSaysWhatHappened() {
    Seed.brokerGoes(model, "the test has no broker");
    try (Visit visit = open()) {
      visit.go("stream/rejected");
      visit.page().click("button[data-again='pairs.raw:3:1']");
      visit.page().waitForSelector("dialog h2:has-text('wants the token')");
      assertThat(visit.barriers()).isEmpty();
      visit.page().fill("dialog input", "wrong");
      visit.page().keyboard().press("Enter");
      visit.page().waitForSelector("dialog :text('That is not the token.')");
      visit.page().fill("dialog input", TOKEN);
      visit.page().keyboard().press("Enter");
      visit
          .page()
          .waitForSelector("#redrive-status:has-text('nothing was sent: the test has no broker')");
      assertThat(visit.page().locator("dialog").count()).isZero();
    } finally {
      Seed.brokerGoes(model, "");
    }
  }
}
