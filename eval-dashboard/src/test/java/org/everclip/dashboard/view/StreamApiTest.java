package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.everclip.dashboard.feed.Seed;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What came in and what was refused, over HTTP. */
@Timeout(60)
class StreamApiTest {

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
  void samplesShowCaptionsAsTheyAreWithSimilarities() throws Exception {
    JsonNode page = api.get("samples?kind=reinforced&limit=3");

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
    assertThat(api.get("samples?split=HOLDOUT").path("matching").asInt()).isEqualTo(5);
    assertThat(api.get("samples?period=2024&source=demo&limit=2&offset=1").path("items"))
        .hasSize(2);
    JsonNode rejected = api.get("samples?kind=rejected&reason=DUPLICATE_NEAR");
    assertThat(rejected.path("matching").asInt()).isEqualTo(1);
    assertThat(rejected.at("/items/0/detail").asText()).contains("<script>");
    assertThat(rejected.at("/items/0/head").asText()).startsWith("·{\"caption\"");
    assertThat(rejected.at("/items/0/position").asText()).isEqualTo("pairs.raw:3:2");
  }

  @Test
  void picturesComeWithTheTypeTheyReallyAre() throws Exception {
    var response = api.bytes("/api/v1/samples/pair-03/image");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("image/jpeg");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");

    Seed.arrives(api.model(), Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
    assertThat(api.bytes("/api/v1/samples/red/image").headers().firstValue("Content-Type"))
        .hasValue("image/png");
  }

  @Test
  void cropsAreDrawnFromTheStoredParameters() throws Exception {
    Seed.arrives(api.model(), Seed.pair("red", "red", Seed.picture(0xcc2200), 1, Instant.now()));
    for (int a = 0; a < 8; a++) {
      var response = api.bytes("/api/v1/samples/red/crop/" + a + ".png");
      assertThat(response.statusCode()).isEqualTo(200);
      RgbImage crop = new ImageDecoder(ImageLimits.defaults()).decodeTrusted(response.body());
      assertThat(crop.width()).isEqualTo(96);
      assertThat(crop.height()).isEqualTo(96);
    }
    assertThat(api.bytes("/api/v1/samples/pair-03/crop/0.png").body())
        .isNotEqualTo(api.bytes("/api/v1/samples/pair-03/crop/1.png").body());
    assertThat(api.bytes("/api/v1/samples/red/crop/8.png").statusCode()).isEqualTo(404);
  }

  @Test
  void deletedPairsAreGone() throws Exception {
    Seed.vanishes(api.model(), "pair-03");
    assertThat(api.bytes("/api/v1/samples/pair-03/image").statusCode()).isEqualTo(404);
    assertThat(api.bytes("/api/v1/samples/pair-03/crop/0.png").statusCode()).isEqualTo(404);
    assertThat(api.get("samples?limit=100").path("items")).hasSize(29);
    assertThat(api.get("overview").at("/counts/deleted").asInt()).isEqualTo(1);
  }

  @Test
  void sendingAgainIsForThoseWhoHaveTheToken() throws Exception {
    String token = Files.readString(home.resolve("dashboard-token"));
    assertThat(token).matches("[0-9a-f]{64}");
    assertThat(redrive("Bearer nothing", "{}")).contains("dashboard-token");
    assertThat(redrive("Bearer " + token, "{")).contains("not the JSON that is expected");
    assertThat(redrive("Bearer " + token, "{\"positions\":[]}")).contains("1 to 100");
    Seed.brokerGoes(api.model(), "no broker");
    assertThat(redrive("Bearer " + token, "{\"positions\":[\"pairs.raw:3:1\"]}"))
        .contains("nothing was sent: no broker");
  }

  private String redrive(String authorization, String body) throws Exception {
    return api.send(
            api.request("/api/v1/redrive")
                .header("Authorization", authorization)
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString())
        .body();
  }
}
