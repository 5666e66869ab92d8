package org.everclip.dashboard.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.javalin.util.JavalinBindException;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The overview, the page's own files, events and refusals, over HTTP. */
@Timeout(60)
class DashboardServerTest {

  @TempDir Path home;

  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = Api.start(home);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void overviewCountsEachPartOfTheFlowAndIsWell() throws Exception {
    JsonNode overview = api.get("overview");

    var totals = new ArrayList<String>();
    overview
        .path("flow")
        .forEach(
            stage -> totals.add(stage.path("id").asText() + " " + stage.path("total").asInt()));
    assertThat(totals)
        .containsExactly(
            "producers 35",
            "gate 30",
            "reinforcement 30",
            "trainer 1500",
            "registry 5",
            "evaluator 5");
    JsonNode trainer = overview.at("/flow/3");
    assertThat(trainer.path("waiting").asInt()).isEqualTo(8);
    assertThat(trainer.path("waitingFor").asText()).isEqualTo("to learn");
    assertThat(trainer.path("oldestSeconds").asDouble()).isLessThan(60);
    assertThat(overview.at("/flow/1/errors").asInt()).isEqualTo(5);
    assertThat(overview.at("/flow/0/errors").asInt()).isEqualTo(1);
    assertThat(overview.at("/flow/2/waiting").asInt()).isZero();
    assertThat(overview.at("/flow/1/waiting").isNull()).isTrue();
    assertThat(overview.at("/roles/0/metrics").asText())
        .isEqualTo("http://127.0.0.1:40001/metrics");
    assertThat(overview.at("/counts/holdout").asInt()).isEqualTo(5);
    assertThat(overview.at("/counts/reasons/DUPLICATE_EXACT").asInt()).isEqualTo(2);
    assertThat(overview.path("troubles")).isEmpty();
    assertThat(overview.at("/newest/0/text").asText()).startsWith("not promoted: local/clipart");
    assertThat(overview.at("/newest/0/main").asInt()).isEqualTo(4);
  }

  @Test
  void rolesThatAreSilentOrUnknownAreNamedWithTheNextStep() throws Exception {
    var silent = new ReadModel(10, 10);
    Seed.flow(silent, Instant.now().minusSeconds(40));
    try (Api other = api.over(silent)) {
      assertThat(other.get("overview").path("troubles").toString())
          .contains("No role has reported for more than 15 seconds", "everclip status");
    }
    try (Api other = api.over(new ReadModel(10, 10))) {
      assertThat(other.get("overview").path("troubles").toString())
          .contains(
              "The gate role has not reported yet", "The past of the stream is still being read");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/samples?kind=other",
        "/api/v1/samples?limit=many",
        "/api/v1/samples?offset=-1",
        "/api/v1/versions?limit=x"
      })
  void badQuestionsGetAClearAnswer(String path) throws Exception {
    var response = api.bytes(path);
    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(new JsonMapper().readTree(response.body()).path("detail").asText())
        .contains("but got");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/assets/nothing.js",
        "/assets/..%2fapp.js",
        "/api/v1/samples/none/image",
        "/api/v1/samples/pair-03/crop/x.png",
        "/api/v1/nothing"
      })
  void nothingElseIsServed(String path) throws Exception {
    assertThat(api.bytes(path).statusCode()).isIn(400, 404);
  }

  @Test
  void everyAnswerForbidsForeignCode() throws Exception {
    for (String path : List.of("/", "/assets/app.js", "/api/v1/overview", "/api/v1/nothing")) {
      assertThat(api.bytes(path).headers().firstValue("Content-Security-Policy").orElse(""))
          .startsWith("default-src 'self'; img-src 'self' data:;");
    }
    String page = new String(api.bytes("/").body(), UTF_8);
    assertThat(page).doesNotContain("http://", "https://", "style=", "onclick");
    assertThat(new String(api.bytes("/assets/chart.js").body(), UTF_8)).contains("Chart.js v4");
  }

  @Test
  void eventsNameWhatChanged() throws Exception {
    HttpResponse<InputStream> response =
        api.send(api.request("/api/v1/events").build(), BodyHandlers.ofInputStream());
    try (var lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
      read(lines, "event: hello");
      Seed.arrives(api.model(), Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
      assertThat(read(lines, "data: {\"parts\"")).contains("\"flow\"", "\"stream\"");
    }
  }

  @Test
  void aTakenPortIsAnError() {
    assertThatThrownBy(
            () ->
                DashboardServer.start(
                    api.config(), api.model(), api.server().port(), Clock.systemUTC()))
        .isInstanceOf(JavalinBindException.class);
  }

  private static String read(BufferedReader lines, String start) throws Exception {
    String line = lines.readLine();
    while (line != null && !line.startsWith(start)) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }
}
