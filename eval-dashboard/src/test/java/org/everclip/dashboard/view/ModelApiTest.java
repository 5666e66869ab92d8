package org.everclip.dashboard.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.Map;
import org.everclip.dashboard.feed.Seed;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Training, versions and benchmarks, over HTTP. */
@Timeout(60)
class ModelApiTest {

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
  void curvesAreThinnedAndPublicationsStayMarks() throws Exception {
    JsonNode run = api.get("training").at("/runs/0");
    JsonNode loss = run.at("/series/loss");
    assertThat(loss.path("steps")).hasSize(600);
    assertThat(loss.at("/steps/599").asInt()).isEqualTo(1500);
    assertThat(loss.at("/values/0").asDouble()).isGreaterThan(3.5);
    assertThat(loss.at("/values/599").asDouble()).isLessThan(1.5);
    assertThat(run.path("published")).hasSize(5);
    assertThat(run.at("/published/2/step").asInt()).isEqualTo(900);
    assertThat(run.at("/series/publishedVersion").isMissingNode()).isTrue();
    assertThat(run.at("/rounds/2/firstStep").asInt()).isEqualTo(601);
    assertThat(run.at("/rounds/2/lastStep").asInt()).isEqualTo(900);
    assertThat(api.get("training").at("/rounds/0/account/cost").asDouble()).isEqualTo(0.04);
  }

  @Test
  void versionsComeNewestFirstWithTheirDecision() throws Exception {
    JsonNode demo = api.get("versions").at("/models/0");
    assertThat(demo.at("/versions/0/version").asInt()).isEqualTo(5);
    assertThat(demo.at("/versions/0/promoted").asBoolean()).isFalse();
    assertThat(demo.at("/versions/1/aliases").toString()).isEqualTo("[\"main\"]");
    assertThat(demo.at("/versions/1/periods").asText()).isEqualTo("2024, 2025");
    assertThat(demo.path("main").asInt()).isEqualTo(4);
    assertThat(demo.path("moves").findValuesAsText("alias"))
        .containsExactly("main", "stable", "main");

    JsonNode page = api.get("versions?limit=2&before=4").at("/models/0");
    assertThat(page.path("versions").findValuesAsText("version")).containsExactly("3", "2");
    assertThat(page.path("older").asInt()).isEqualTo(1);
  }

  @Test
  void oneVersionSaysWhetherItIsWhatWasSigned() throws Exception {
    JsonNode one = api.get("versions/demo/5");
    assertThat(one.path("decision").asText()).startsWith("not promoted: ");
    assertThat(one.at("/signature/authentic").asBoolean()).isTrue();
    assertThat(one.at("/signature/chained").asBoolean()).isTrue();
    assertThat(one.at("/signature/sameKey").asBoolean()).isTrue();
    assertThat(one.path("before").asInt()).isEqualTo(4);
    assertThat(one.path("repository").asText()).isEqualTo("everclip/demo");
    assertThat(api.get("versions/demo/5/card").path("text").asText()).contains(Seed.SCRIPT);
    api.problem("/api/v1/versions/demo/99", 404);
    api.problem("/api/v1/versions/demo/x", 422);
    api.problem("/api/v1/versions/none/1/card", 404);
  }

  @Test
  void benchmarksNeverCountMissingDataAsZero() throws Exception {
    JsonNode matrix = api.get("benchmarks").path(0);
    assertThat(matrix.path("versions").toString()).isEqualTo("[5,4,3,2,1]");
    assertThat(matrix.path("groups").findValuesAsText("family"))
        .containsExactly(
            "holdout",
            "local",
            "imagenet",
            "shifts",
            "vtab",
            "retrieval",
            "wilds",
            "fairness",
            "other");
    JsonNode imagenet = matrix.at("/groups/2");
    assertThat(imagenet.at("/rows/0/cells/0/status").asText()).isEqualTo("NOT_AVAILABLE");
    assertThat(imagenet.at("/rows/0/cells/0/value").isNull()).isTrue();
    assertThat(matrix.at("/groups/6/averages")).isEmpty();

    JsonNode average = matrix.at("/groups/1/averages/0");
    assertThat(average.path("label").asText())
        .isEqualTo("mean of the 2 local classification tasks");
    assertThat(average.at("/means/1/value").asDouble()).isCloseTo(0.305, within(1e-9));
    assertThat(average.at("/means/1/covered").asInt()).isEqualTo(2);

    JsonNode all = matrix.at("/averages/0");
    assertThat(all.path("label").asText()).isEqualTo("mean of the 38 DataComp tasks");
    assertThat(all.at("/means/0/value").asDouble()).isCloseTo(0.34, within(1e-9));
    assertThat(all.at("/means/0/covered").asInt()).isEqualTo(3);

    JsonNode decision = matrix.at("/decisions/0");
    assertThat(decision.path("against").asInt()).isEqualTo(4);
    assertThat(decision.path("reasons")).hasSize(2);
    assertThat(decision.at("/deltas/local~1clipart_category").asDouble()).isEqualTo(-0.24);
    assertThat(decision.path("negative").asInt()).isEqualTo(140);
  }

  /** What the page calls ImageNet, shifts, VTAB and retrieval is what the task list calls so. */
  @Test
  void familiesAreThoseOfTheTaskList() throws Exception {
    JsonNode tasks =
        JsonMapper.builder()
            .build()
            .readTree(
                Path.of(
                        System.getProperty("everclip.project"),
                        "evaluation/src/main/resources/datacomp-tasks.json")
                    .toFile());
    Map<String, String> names =
        Map.of(
            "imagenet", "imagenet",
            "shifts", "imagenet_shift",
            "vtab", "vtab",
            "retrieval", "retrieval");
    assertThat(tasks).hasSize(38);
    for (JsonNode task : tasks) {
      String family = Families.of("datacomp", task.path("key").asText());
      String listed = task.path("families").toString();
      names.forEach(
          (ours, theirs) ->
              assertThat(listed.contains("\"" + theirs + "\""))
                  .as(task.path("key").asText())
                  .isEqualTo(family.equals(ours)));
    }
  }

  @Test
  void windowsOfTheTableFollowEachOther() throws Exception {
    JsonNode window = api.get("benchmarks?limit=2&before=5").path(0);
    assertThat(window.path("versions").toString()).isEqualTo("[4,3]");
    assertThat(window.path("older").asInt()).isEqualTo(2);
    assertThat(window.path("newer").asInt()).isEqualTo(1);
    JsonNode row = api.get("benchmarks?task=mnist").at("/0/groups/0/rows/0");
    assertThat(row.at("/best/version").asInt()).isEqualTo(4);
    assertThat(row.at("/best/value").asDouble()).isCloseTo(0.48, within(1e-9));
    JsonNode map = api.get("benchmarks/map?model=demo");
    assertThat(map.path("versions").toString()).isEqualTo("[1,2,3,4,5]");
    assertThat(map.path("lines")).hasSize(7);
    assertThat(map.at("/lines/0/task").asText()).isEqualTo("holdout/all");
    assertThat(map.at("/lines/0/values/4").asDouble()).isEqualTo(0.29);
  }

  @Test
  void publishedResultsStandBesideTheOwn() throws Exception {
    JsonNode anchors = api.get("anchors?task=imagenet1k");
    assertThat(anchors.findValuesAsText("name")).contains("MobileCLIP-S0", "MobileCLIP-B");
    assertThat(anchors.at("/0/value").asDouble()).isBetween(0.6, 0.8);
    assertThat(api.get("anchors?task=local/x")).isEmpty();
  }

  @Test
  void forgettingSpeedAndCalibrationAreTold() throws Exception {
    JsonNode periods = api.get("periods?model=demo");
    assertThat(periods.path("periods").toString()).isEqualTo("[\"2024\",\"2025\"]");
    assertThat(periods.at("/lines/0/version").asInt()).isEqualTo(5);
    assertThat(periods.at("/lines/0/cells/0/value").asDouble()).isCloseTo(0.35, within(1e-9));
    assertThat(periods.at("/lines/0/transfer/backward").asDouble()).isEqualTo(0.36);
    JsonNode beside = api.get("beside?model=demo&limit=1");
    assertThat(beside).hasSize(1);
    assertThat(beside.at("/0/latency").asDouble()).isEqualTo(12.5);
    assertThat(beside.at("/0/calibrationError").asDouble()).isEqualTo(0.07);
  }

  @Test
  void samplesThatFlippedComeWithTheirClassNamesAndPictures() throws Exception {
    String query = "model=demo&task=local%2Fclipart_category&first=4&second=5&limit=3";
    JsonNode flips = api.get("flips?" + query).path("flips");
    assertThat(flips.path("shared").asInt()).isEqualTo(80);
    assertThat(flips.path("negativeCount").asInt()).isEqualTo(20);
    assertThat(flips.path("positiveCount").asInt()).isEqualTo(5);
    assertThat(flips.path("negative")).hasSize(3);
    assertThat(flips.at("/negative/0/label").asText()).isEqualTo("a building");
    var picture = api.bytes("/api/v1/evaluation/image?task=local%2Fclipart_category&key=s0000004");
    assertThat(picture.headers().firstValue("Content-Type").orElse("")).startsWith("image/");
    assertThat(api.problem("/api/v1/evaluation/image?task=local%2F..&key=x", 404).toString())
        .contains("not on this machine");
    api.problem("/api/v1/flips?model=demo&task=mnist&first=4&second=5", 404);
  }

  @Test
  void twoVersionsAreComparedSettingsFirst() throws Exception {
    JsonNode comparison = api.get("compare?model=demo&first=4&second=5");

    assertThat(comparison.path("configuration").findValuesAsText("name"))
        .containsExactly("data up to: pairs.reinforced/0", "parent", "round", "steps");
    JsonNode worse = comparison.at("/tasks/1");
    assertThat(worse.at("/paired/p").asDouble()).isEqualTo(0.004);
    assertThat(worse.at("/paired/negative").asInt()).isEqualTo(20);
    assertThat(worse.path("task").asText()).isEqualTo("local/clipart_category");
    assertThat(worse.path("change").asDouble()).isEqualTo(-0.14, within(1e-9));
    assertThat(worse.path("low").asDouble()).isEqualTo(-0.14 - 0.04 * Math.sqrt(2), within(1e-9));
    assertThat(worse.path("clear").asBoolean()).isTrue();
    assertThat(comparison.at("/flips/negative").asInt()).isEqualTo(140);
    assertThat(api.get("compare?model=demo&first=5&second=4").at("/flips/positive").asInt())
        .isEqualTo(140);
    assertThat(api.bytes("/api/v1/compare?model=demo&first=4&second=99").statusCode())
        .isEqualTo(404);
    assertThat(api.bytes("/api/v1/compare?first=4").statusCode()).isEqualTo(422);
  }

  @Test
  void figuresLeaveAsCsv() throws Exception {
    String[] benchmarks =
        new String(api.bytes("/api/v1/benchmarks.csv").body(), UTF_8).split("\r\n", -1);
    assertThat(benchmarks[0]).startsWith("model,version,group,task,metric,status,value");
    assertThat(benchmarks)
        .contains(
            "demo,5,holdout,holdout/all,mean_recall@5,DONE,0.29000000,0.25000000,0.33000000,420,5u1te,");
    assertThat(benchmarks).hasSize(1 + Api.VERSIONS * 42 + 1);
    assertThat(new String(api.bytes("/api/v1/training.csv").body(), UTF_8))
        .startsWith("run,step,name,value\r\ndemo-1,");
  }

  private static org.assertj.core.data.Offset<Double> within(double tolerance) {
    return org.assertj.core.data.Offset.offset(tolerance);
  }
}
