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
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The API over a real server, with a read model that was filled by hand. */
@Timeout(60)
class DashboardServerTest {

  private static final int VERSIONS = 5;

  private final HttpClient client = HttpClient.newHttpClient();
  private final JsonMapper json = new JsonMapper();
  private ReadModel model;
  private EverclipConfig config;
  private DashboardServer server;

  @BeforeEach
  void start(@TempDir Path home) throws Exception {
    config = new ConfigLoader(Map.of()).load(home, null, List.of());
    model = Seed.model(Instant.now(), VERSIONS);
    server = DashboardServer.start(config, model, 0, Clock.systemUTC());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void overviewCountsEachPartOfTheFlowAndIsWell() throws Exception {
    JsonNode overview = api("overview");

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
    assertThat(overview.at("/counts/holdout").asInt()).isEqualTo(5);
    assertThat(overview.at("/counts/reasons/DUPLICATE_EXACT").asInt()).isEqualTo(2);
    assertThat(overview.path("troubles")).isEmpty();
    assertThat(overview.at("/newest/0/text").asText()).startsWith("not promoted: local/clipart");
    assertThat(overview.at("/newest/0/main").asInt()).isEqualTo(4);
  }

  @Test
  void rolesThatAreSilentOrUnknownAreNamedWithTheNextStep() throws Exception {
    server.close();
    var silent = new ReadModel(10);
    Seed.flow(silent, Instant.now().minusSeconds(40));
    server = DashboardServer.start(config, silent, 0, Clock.systemUTC());

    assertThat(api("overview").path("troubles").toString())
        .contains("No role has reported for more than 15 seconds", "everclip status");

    server.close();
    server = DashboardServer.start(config, new ReadModel(10), 0, Clock.systemUTC());
    assertThat(api("overview").path("troubles").toString())
        .contains(
            "The gate role has not reported yet", "The past of the stream is still being read");
  }

  @Test
  void samplesShowCaptionsAsTheyAreWithSimilarities() throws Exception {
    JsonNode page = api("samples?kind=reinforced&limit=3");

    assertThat(page.path("kept").asInt()).isEqualTo(30);
    JsonNode hostile = page.path("items").path(0);
    assertThat(hostile.path("caption").asText()).isEqualTo(Seed.SCRIPT);
    assertThat(page.at("/items/1/caption").asText()).isEqualTo(Seed.ARABIC);
    assertThat(page.at("/items/2/caption").asText()).hasSize(10_000);
    assertThat(hostile.path("captionSimilarity").asDouble()).isEqualTo(0.5);
    assertThat(hostile.at("/synthetic/4/similarity").asDouble()).isEqualTo(1.0);
    assertThat(hostile.at("/teachers/1/dim").asInt()).isEqualTo(16);
    assertThat(hostile.path("crops").asInt()).isEqualTo(8);
  }

  @Test
  void samplesAreFilteredAndPaged() throws Exception {
    assertThat(api("samples?split=HOLDOUT").path("matching").asInt()).isEqualTo(5);
    assertThat(api("samples?period=2024&source=demo&limit=2&offset=1").path("items")).hasSize(2);
    JsonNode rejected = api("samples?kind=rejected&reason=DUPLICATE_NEAR");
    assertThat(rejected.path("matching").asInt()).isEqualTo(1);
    assertThat(rejected.at("/items/0/detail").asText()).contains("<script>");
    assertThat(rejected.at("/items/0/head").asText()).startsWith("·{\"caption\"");
    assertThat(rejected.at("/items/0/position").asText()).isEqualTo("pairs.raw:3:2");
  }

  @Test
  void picturesComeWithTheTypeTheyReallyAre() throws Exception {
    var response = bytes("/api/v1/samples/pair-03/image");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("image/jpeg");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");

    Seed.arrives(model, Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
    assertThat(bytes("/api/v1/samples/red/image").headers().firstValue("Content-Type"))
        .hasValue("image/png");
  }

  @Test
  void cropsAreDrawnFromTheStoredParameters() throws Exception {
    Seed.arrives(model, Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
    for (int a = 0; a < 8; a++) {
      var response = bytes("/api/v1/samples/red/crop/" + a + ".png");
      assertThat(response.statusCode()).isEqualTo(200);
      RgbImage crop = new ImageDecoder(ImageLimits.defaults()).decodeTrusted(response.body());
      assertThat(crop.width()).isEqualTo(96);
      assertThat(crop.height()).isEqualTo(96);
    }
    assertThat(bytes("/api/v1/samples/pair-03/crop/0.png").body())
        .isNotEqualTo(bytes("/api/v1/samples/pair-03/crop/1.png").body());
    assertThat(bytes("/api/v1/samples/red/crop/8.png").statusCode()).isEqualTo(404);
  }

  @Test
  void deletedPairsAreGone() throws Exception {
    Seed.vanishes(model, "pair-03");
    assertThat(bytes("/api/v1/samples/pair-03/image").statusCode()).isEqualTo(404);
    assertThat(bytes("/api/v1/samples/pair-03/crop/0.png").statusCode()).isEqualTo(404);
    assertThat(api("samples?limit=100").path("items")).hasSize(29);
    assertThat(api("overview").at("/counts/deleted").asInt()).isEqualTo(1);
  }

  @Test
  void curvesAreThinnedAndPublicationsStayMarks() throws Exception {
    JsonNode run = api("training").path(0);
    JsonNode loss = run.at("/series/loss");
    assertThat(loss.path("steps")).hasSize(600);
    assertThat(loss.at("/steps/599").asInt()).isEqualTo(1500);
    assertThat(loss.at("/values/0").asDouble()).isGreaterThan(3.5);
    assertThat(loss.at("/values/599").asDouble()).isLessThan(1.5);
    assertThat(run.path("published")).hasSize(5);
    assertThat(run.at("/published/2/step").asInt()).isEqualTo(900);
    assertThat(run.at("/series/publishedVersion").isMissingNode()).isTrue();
  }

  @Test
  void versionsComeNewestFirstWithTheirDecision() throws Exception {
    JsonNode demo = api("versions").at("/models/0");
    assertThat(demo.at("/versions/0/version").asInt()).isEqualTo(5);
    assertThat(demo.at("/versions/0/promoted").asBoolean()).isFalse();
    assertThat(demo.at("/versions/0/decision").asText()).startsWith("not promoted: ");
    assertThat(demo.at("/versions/0/authentic").asBoolean()).isTrue();
    assertThat(demo.at("/versions/1/aliases").toString()).isEqualTo("[\"main\"]");
    assertThat(demo.path("main").asInt()).isEqualTo(4);
  }

  @Test
  void benchmarksNeverCountMissingDataAsZero() throws Exception {
    JsonNode matrix = api("benchmarks").path(0);
    assertThat(matrix.path("versions").toString()).isEqualTo("[5,4,3,2,1]");
    JsonNode datacomp = matrix.at("/groups/2");
    assertThat(datacomp.path("rows")).hasSize(38);
    assertThat(datacomp.at("/rows/0/cells/0/status").asText()).isEqualTo("NOT_AVAILABLE");
    assertThat(datacomp.at("/rows/0/cells/0/value").isNull()).isTrue();
    assertThat(datacomp.path("averages")).isEmpty();

    JsonNode average = matrix.at("/groups/1/averages/0");
    assertThat(average.path("label").asText()).isEqualTo("mean of 2 local classification tasks");
    assertThat(average.at("/means/1/value").asDouble()).isCloseTo(0.305, within(1e-9));
    assertThat(average.at("/means/1/covered").asInt()).isEqualTo(2);

    JsonNode decision = matrix.at("/decisions/0");
    assertThat(decision.path("against").asInt()).isEqualTo(4);
    assertThat(decision.path("reasons")).hasSize(2);
    assertThat(decision.at("/deltas/local~1clipart_category").asDouble()).isEqualTo(-0.24);
    assertThat(decision.path("negative").asInt()).isEqualTo(140);
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
    var response = bytes(path);
    assertThat(response.statusCode()).isEqualTo(422);
    assertThat(json.readTree(response.body()).path("detail").asText()).contains("but got");
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
    assertThat(bytes(path).statusCode()).isIn(400, 404);
  }

  @Test
  void everyAnswerForbidsForeignCode() throws Exception {
    for (String path : List.of("/", "/assets/app.js", "/api/v1/overview", "/api/v1/nothing")) {
      assertThat(bytes(path).headers().firstValue("Content-Security-Policy").orElse(""))
          .startsWith("default-src 'self'; img-src 'self' data:;");
    }
    String page = new String(bytes("/").body(), UTF_8);
    assertThat(page).doesNotContain("http://", "https://", "style=", "onclick");
    assertThat(new String(bytes("/assets/chart.js").body(), UTF_8)).contains("Chart.js v4");
  }

  @Test
  void eventsNameWhatChanged() throws Exception {
    HttpResponse<InputStream> response =
        client.send(request("/api/v1/events"), BodyHandlers.ofInputStream());
    try (var lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
      read(lines, "event: hello");
      Seed.arrives(model, Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
      assertThat(read(lines, "data: {\"parts\"")).contains("\"flow\"", "\"stream\"");
    }
  }

  @Test
  void twoVersionsAreComparedSettingsFirst() throws Exception {
    JsonNode comparison = api("compare?model=demo&first=4&second=5");

    assertThat(comparison.path("configuration").findValuesAsText("name"))
        .containsExactly("data up to: pairs.reinforced/0", "parent", "round", "steps");
    JsonNode worse = comparison.at("/tasks/1");
    assertThat(worse.path("task").asText()).isEqualTo("local/clipart_category");
    assertThat(worse.path("change").asDouble()).isEqualTo(-0.14, within(1e-9));
    assertThat(worse.path("low").asDouble()).isEqualTo(-0.14 - 0.04 * Math.sqrt(2), within(1e-9));
    assertThat(worse.path("clear").asBoolean()).isTrue();
    assertThat(comparison.at("/flips/negative").asInt()).isEqualTo(140);
    assertThat(api("compare?model=demo&first=5&second=4").at("/flips/positive").asInt())
        .isEqualTo(140);
    assertThat(bytes("/api/v1/compare?model=demo&first=4&second=99").statusCode()).isEqualTo(404);
    assertThat(bytes("/api/v1/compare?first=4").statusCode()).isEqualTo(422);
  }

  @Test
  void figuresLeaveAsCsv() throws Exception {
    String[] benchmarks =
        new String(bytes("/api/v1/benchmarks.csv").body(), UTF_8).split("\r\n", -1);
    assertThat(benchmarks[0]).startsWith("model,version,group,task,metric,status,value");
    assertThat(benchmarks)
        .contains(
            "demo,5,holdout,holdout/all,mean_recall@5,DONE,0.29000000,0.25000000,0.33000000,420,5u1te,");
    assertThat(benchmarks).hasSize(1 + VERSIONS * 42 + 1);
    assertThat(new String(bytes("/api/v1/training.csv").body(), UTF_8))
        .startsWith("run,step,name,value\r\ndemo-1,");
  }

  @Test
  void aTakenPortIsAnError() {
    assertThatThrownBy(() -> DashboardServer.start(config, model, server.port(), Clock.systemUTC()))
        .isInstanceOf(JavalinBindException.class);
  }

  private static String read(BufferedReader lines, String start) throws Exception {
    String line = lines.readLine();
    while (line != null && !line.startsWith(start)) {
      line = lines.readLine();
    }
    return String.valueOf(line);
  }

  private static org.assertj.core.data.Offset<Double> within(double tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }

  private JsonNode api(String path) throws Exception {
    var response = bytes("/api/v1/" + path);
    assertThat(response.statusCode()).isEqualTo(200);
    return json.readTree(response.body());
  }

  private HttpResponse<byte[]> bytes(String path) throws Exception {
    return client.send(request(path), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .header("Accept", path.endsWith("/events") ? "text/event-stream" : "*/*")
        .build();
  }
}
