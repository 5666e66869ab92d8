package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.everclip.contracts.avro.ImageTextPair;
import org.everclip.contracts.avro.RawPosition;
import org.everclip.contracts.avro.RejectionReason;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.ingest.gate.EvaluationHashes;
import org.everclip.ingest.gate.Inspection;
import org.everclip.ingest.gate.Inspector;
import org.everclip.ingest.gate.Pictures;
import org.everclip.service.ConfigLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What servers may do to a fetcher, done by a server on loopback. */
class PictureFetcherTest {

  private static final int MAX_BYTES = 100_000;
  private static final String LOOPBACK = "fetch.allowAddresses=[127.0.0.1/32]";
  private static final byte[] PICTURE = Pictures.drawing(1);

  private LocalServer server;
  private PictureFetcher fetcher;

  @BeforeEach
  void start() throws Exception {
    server = new LocalServer();
    fetcher = fetcher(InetAddress::getAllByName);
  }

  private PictureFetcher fetcher(CheckedResolver.Lookup lookup, String... more) throws Exception {
    String[] settings = Arrays.copyOf(more, more.length + 1);
    settings[more.length] = LOOPBACK;
    return new PictureFetcher(
        FetchSettings.of(server.port(), settings), MAX_BYTES, lookup, SSLContext.getDefault());
  }

  @AfterEach
  void stop() throws IOException {
    fetcher.close();
    server.close();
  }

  private FetchFailure failure(String path) {
    return catchThrowableOfType(FetchFailure.class, () -> fetcher.fetch(server.url(path)));
  }

  @Test
  void bringsAPictureAndSaysWhoAsks() throws FetchFailure {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png");

    Picture picture = fetcher.fetch(server.url("/a.png"));

    assertThat(picture.bytes()).isEqualTo(PICTURE);
    assertThat(server.requests().get(0))
        .contains("User-Agent: EverClip/0.1", "Accept-Encoding: identity", "Host: 127.0.0.1:")
        .doesNotContain("Cookie", "Upgrade");
  }

  @Test
  void theCheckedAddressIsTheOneConnectedTo() throws Exception {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png");
    var asked = new AtomicInteger();
    try (PictureFetcher rebound =
        fetcher(
            name ->
                new InetAddress[] {
                  InetAddress.getByName(asked.getAndIncrement() == 0 ? "127.0.0.1" : "127.0.0.9")
                })) {
      Picture picture = rebound.fetch("http://rebind.example:" + server.port() + "/a.png");

      assertThat(picture.bytes()).isEqualTo(PICTURE);
      assertThat(asked).hasValue(1);
      assertThat(server.requests().get(0)).contains("Host: rebind.example:");
    }
  }

  static Stream<Arguments> redirections() {
    return Stream.of(
            "http://169.254.169.254/latest/meta-data/",
            "http://localhost:PORT/a.png",
            "http://127.1:PORT/a.png",
            "http://2130706433:PORT/a.png",
            "http://127.0.0.2:PORT/a.png",
            "http://[::1]:PORT/a.png",
            "http://10.0.0.1/",
            "//192.168.0.1/",
            "http://127.0.0.1:22/",
            "http://user@127.0.0.1:PORT/a.png",
            "file:///etc/passwd",
            "ftp://127.0.0.1/a.png",
            "javascript:alert(1)",
            "\\\\127.0.0.1\\a.png")
        .map(Arguments::of);
  }

  @ParameterizedTest
  @MethodSource("redirections")
  void redirectionsGoThroughTheSameChecks(String location) {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png");
    String to = location.replace("PORT", Integer.toString(server.port()));
    server.on("/r", 302, new byte[0], "Location: " + to);

    assertThat(failure("/r").reason()).isEqualTo(RejectionReason.FETCH_ADDRESS);
    assertThat(server.connections()).isEqualTo(1);
  }

  @Test
  void followsThreeRedirectionsAndNoMore() throws FetchFailure {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png");
    server.on("/1", 301, new byte[0], "Location: /2");
    server.on("/2", 307, new byte[0], "Location: 3");
    server.on("/3", 308, new byte[0], "Location: " + server.url("/a.png"));
    server.on("/0", 302, new byte[0], "Location: /1");
    server.on("/loop", 302, new byte[0], "Location: /loop");

    assertThat(fetcher.fetch(server.url("/1")).address()).isEqualTo(server.url("/a.png"));
    assertThat(failure("/0").reason()).isEqualTo(RejectionReason.FETCH_STATUS);
    assertThat(failure("/loop").reason()).isEqualTo(RejectionReason.FETCH_STATUS);
  }

  @Test
  void aBodyThatDripsEndsAtTheDeadline() {
    server.on(
        "/slow",
        out -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n".getBytes(ISO_8859_1));
          for (byte b : PICTURE) {
            out.write(b);
            out.flush();
            if (server.pause(50)) {
              return;
            }
          }
        });

    assertEndsInTime("/slow", RejectionReason.FETCH_TIMEOUT);
  }

  @Test
  void headersThatDripEndAtTheDeadline() {
    server.on(
        "/slow",
        out -> {
          out.write("HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1));
          for (int i = 0; !server.pause(50); i++) {
            out.write(("X-" + i + ": y\r\n").getBytes(ISO_8859_1));
            out.flush();
          }
        });

    assertEndsInTime("/slow", RejectionReason.FETCH_TIMEOUT);
  }

  @Test
  void silenceEndsAtTheDeadline() {
    server.on("/silent", out -> server.never());

    assertEndsInTime("/silent", RejectionReason.FETCH_TIMEOUT);
  }

  @Test
  void aHandshakeThatNeverAnswersEndsInTime() {
    // A server without TLS that waits for more.
    long began = System.nanoTime();

    FetchFailure failure =
        catchThrowableOfType(
            FetchFailure.class, () -> fetcher.fetch("https://127.0.0.1:" + server.port() + "/"));

    assertThat(failure.reason()).isIn(RejectionReason.FETCH_TIMEOUT, RejectionReason.FETCH_CONNECT);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void aResolverThatNeverAnswersEndsInTime() throws Exception {
    try (PictureFetcher stuck =
        fetcher(
            name -> {
              try {
                server.never();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              return new InetAddress[0];
            })) {
      FetchFailure failure =
          catchThrowableOfType(
              FetchFailure.class, () -> stuck.fetch("http://a.example:" + server.port() + "/"));

      assertThat(failure.reason()).isEqualTo(RejectionReason.FETCH_DNS);
      assertThat(failure.isPassing()).isTrue();
    }
  }

  @Test
  void anEndlessChunkedBodyIsCutAtTheLimit() {
    server.on(
        "/endless",
        out -> {
          out.write(
              "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
                  .getBytes(ISO_8859_1));
          byte[] chunk = ("1000\r\n" + "x".repeat(0x1000) + "\r\n").getBytes(ISO_8859_1);
          while (!server.pause(0)) {
            out.write(chunk);
          }
        });

    assertEndsInTime("/endless", RejectionReason.FETCH_TOO_LARGE);
  }

  @Test
  void anEndlessBodyWithoutLengthIsCutAtTheLimit() {
    server.on(
        "/endless",
        out -> {
          out.write("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n".getBytes(ISO_8859_1));
          while (!server.pause(0)) {
            out.write(new byte[4096]);
          }
        });

    assertEndsInTime("/endless", RejectionReason.FETCH_TOO_LARGE);
  }

  @Test
  void endlessHeadersAreCut() {
    server.on(
        "/headers",
        out -> {
          out.write("HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1));
          while (!server.pause(0)) {
            out.write("X-A: b\r\n".getBytes(ISO_8859_1));
          }
        });
    server.on(
        "/line",
        out -> {
          out.write("HTTP/1.1 200 OK\r\nX: ".getBytes(ISO_8859_1));
          while (!server.pause(0)) {
            out.write(new byte[4096]);
          }
        });

    assertEndsInTime("/headers", RejectionReason.FETCH_CONTENT);
    assertEndsInTime("/line", RejectionReason.FETCH_CONTENT);
  }

  @Test
  void aLengthBeyondTheLimitIsNotEvenRead() {
    server.on("/big", out -> lying(out, "Content-Length: " + (MAX_BYTES + 1), PICTURE));

    assertThat(failure("/big").reason()).isEqualTo(RejectionReason.FETCH_TOO_LARGE);
  }

  @Test
  void aBodyShorterThanItsLengthIsNoPicture() {
    server.on("/short", out -> lying(out, "Content-Length: " + (PICTURE.length + 9), PICTURE));

    FetchFailure failure = failure("/short");

    assertThat(failure.reason()).isEqualTo(RejectionReason.FETCH_CONNECT);
    assertThat(failure.isPassing()).isTrue();
  }

  @Test
  void aBodyLongerThanItsLengthEndsThereAndIsATruncatedPictureForTheGate() throws FetchFailure {
    server.on("/long", out -> lying(out, "Content-Length: 60", PICTURE));

    Picture picture = fetcher.fetch(server.url("/long"));

    assertThat(picture.bytes()).hasSize(60);
    EverclipConfig config = new ConfigLoader(Map.of()).load(Path.of("target"), null, List.of());
    Inspection inspection =
        new Inspector(config.limits(), config.gate(), EvaluationHashes.none())
            .inspect(
                ImageTextPair.newBuilder()
                    .setCaption("Cut")
                    .setImage(ByteBuffer.wrap(picture.bytes()))
                    .build(),
                new RawPosition("pairs.raw", 0, 0L),
                Instant.EPOCH);
    assertThat(inspection)
        .isInstanceOfSatisfying(
            Inspection.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(RejectionReason.IMAGE_TRUNCATED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 10\r\nContent-Length: 20",
        "Content-Length: -5",
        "Content-Length: many",
        "Content-Encoding: gzip",
        "Content-Encoding: br",
        "Transfer-Encoding: chunked, gzip",
        "Content-Type: text/html",
        "Content-Type: application/json; charset=utf-8"
      })
  void headersThatLieAreRefused(String header) {
    server.on("/lie", out -> lying(out, header, PICTURE));

    assertThat(failure("/lie").reason()).isEqualTo(RejectionReason.FETCH_CONTENT);
  }

  @Test
  void theFirstBytesMustBeAPicture() {
    server.on("/html", 200, "<html>".getBytes(ISO_8859_1), "Content-Type: image/png");
    server.on("/empty", 200, new byte[0], "Content-Type: image/png");
    server.on("/garbage", out -> out.write("ROFL\r\n\r\n".getBytes(ISO_8859_1)));

    assertThat(failure("/html").reason()).isEqualTo(RejectionReason.FETCH_CONTENT);
    assertThat(failure("/empty").reason()).isEqualTo(RejectionReason.FETCH_CONTENT);
    assertThat(failure("/garbage").reason())
        .isIn(RejectionReason.FETCH_CONTENT, RejectionReason.FETCH_CONNECT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Robots-Tag: noai",
        "X-Robots-Tag: NoImageAI, nofollow",
        "X-Robots-Tag: nofollow\r\nX-Robots-Tag: noindex",
        "X-Robots-Tag: everclip: noimageindex",
        "X-Robots-Tag: *: noai",
        "X-Robots-Tag: none",
        "TDM-Reservation: 1"
      })
  void sitesThatOptOutAreRespected(String header) {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png", header);

    assertThat(failure("/a.png").reason()).isEqualTo(RejectionReason.FETCH_OPTED_OUT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Robots-Tag: nofollow",
        "X-Robots-Tag: otherbot: noindex",
        "X-Robots-Tag: unavailable_after: 25 Jun 2040 15:00:00 PST",
        "TDM-Reservation: 0"
      })
  void otherWordsKeepNothingOut(String header) throws FetchFailure {
    server.on("/a.png", 200, PICTURE, "Content-Type: image/png", header);

    assertThat(fetcher.fetch(server.url("/a.png")).bytes()).isEqualTo(PICTURE);
  }

  @Test
  void statusesAreTemporaryOrNot() {
    server.on("/busy", 429, new byte[0], "Retry-After: 7");
    server.on("/down", 503, new byte[0]);
    server.on("/gone", 410, new byte[0]);

    assertThat(failure("/busy").isPassing()).isTrue();
    assertThat(failure("/busy").waitMillis()).isEqualTo(7000);
    assertThat(failure("/down").isPassing()).isTrue();
    assertThat(failure("/gone").isPassing()).isFalse();
    assertThat(failure("/missing").detail()).contains("404");
  }

  private void assertEndsInTime(String path, RejectionReason reason) {
    long began = System.nanoTime();

    FetchFailure failure = failure(path);

    assertThat(failure.reason()).as(failure.detail()).isEqualTo(reason);
    // The deadline is one second; the rest is for a busy machine.
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  private static void lying(java.io.OutputStream out, String header, byte[] body)
      throws IOException {
    out.write(("HTTP/1.1 200 OK\r\n" + header + "\r\n\r\n").getBytes(ISO_8859_1));
    out.write(body);
  }
}
