package org.everclip.dashboard.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.feed.Seed;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand versions with 42 tasks each: every answer of the page stays quick. */
class ManyVersionsTest {

  private static final int VERSIONS = 1000;
  private static final int WARM_UP = 10;
  private static final int CALLS = 40;

  /** The addresses that the views ask for. */
  private static final List<String> ASKED =
      List.of(
          "overview",
          "versions?limit=200",
          "benchmarks?limit=20",
          "benchmarks?task=holdout%2Fall",
          "compare?model=demo&first=1&second=1000",
          "training",
          "samples?kind=reinforced&limit=24");

  @Test
  void answersStayBelowAFifthOfASecond(@TempDir Path home) throws Exception {
    var config = new ConfigLoader(Map.of()).load(home, null, List.of());
    ReadModel model = Seed.model(Instant.now(), VERSIONS);
    var slowest = new TreeMap<String, Long>();
    try (var server = DashboardServer.start(config, model, 0, Clock.systemUTC())) {
      HttpClient client = HttpClient.newHttpClient();
      for (String path : ASKED) {
        URI address = URI.create("http://127.0.0.1:" + server.port() + "/api/v1/" + path);
        long[] millis = new long[CALLS];
        for (int i = -WARM_UP; i < CALLS; i++) {
          long begin = System.nanoTime();
          var answer =
              client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofByteArray());
          assertThat(answer.statusCode()).as(path).isEqualTo(200);
          if (i >= 0) {
            millis[i] = Duration.ofNanos(System.nanoTime() - begin).toMillis();
          }
        }
        java.util.Arrays.sort(millis);
        slowest.put(path, millis[CALLS * 95 / 100]);
      }
    }
    System.out.println("95th percentile of each answer in ms, 1,000 versions: " + slowest);
    assertThat(slowest.values()).allMatch(time -> time < 200);
  }
}
