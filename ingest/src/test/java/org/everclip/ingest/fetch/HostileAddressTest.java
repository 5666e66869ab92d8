package org.everclip.ingest.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.everclip.contracts.avro.RejectionReason;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every known disguise of an address that must not be connected to. */
class HostileAddressTest {

  private static final Map<String, List<String>> NAMES =
      Map.of(
          "good.test", List.of("93.184.216.34"),
          "loop.test", List.of("127.0.0.1"),
          "private.test", List.of("10.1.2.3"),
          "metadata.test", List.of("169.254.169.254"),
          "two-answers.test", List.of("93.184.216.34", "127.0.0.1"),
          "two-answers-ipv6.test", List.of("2606:2800:220:1::1", "::1"),
          "mapped.test", List.of("::ffff:10.0.0.1"),
          "unspecified.test", List.of("0.0.0.0"));

  private static LocalServer server;
  private static PictureFetcher fetcher;

  @BeforeAll
  static void start() throws Exception {
    server = new LocalServer();
    fetcher =
        new PictureFetcher(
            FetchSettings.of(server.port()),
            1 << 20,
            HostileAddressTest::find,
            SSLContext.getDefault());
  }

  @AfterAll
  static void stop() throws IOException {
    fetcher.close();
    server.close();
  }

  private static InetAddress[] find(String name) throws UnknownHostException {
    List<String> literals = NAMES.getOrDefault(name, List.of(name));
    var found = new InetAddress[literals.size()];
    for (int i = 0; i < found.length; i++) {
      if (!literals.get(i).matches("[0-9.]+|.*:.*")) {
        throw new UnknownHostException("no test may ask a real resolver for " + name);
      }
      found[i] = InetAddress.getByName(literals.get(i));
    }
    return found;
  }

  static List<String> forms() throws IOException {
    return Files.readAllLines(Path.of("src/test/resources/fetch/hostile-addresses.txt")).stream()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void isRefusedWithoutAConnection(String form) {
    String url = form.replace("PORT", Integer.toString(server.port()));

    assertThatThrownBy(() -> fetcher.fetch(url))
        .isInstanceOfSatisfying(
            FetchFailure.class,
            failure -> assertThat(failure.reason()).isEqualTo(RejectionReason.FETCH_ADDRESS));
    assertThat(server.connections()).isZero();
  }

  @Test
  void thereAreAtLeastSixtyForms() throws IOException {
    assertThat(forms()).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "93.184.216.34",
        "1.1.1.1",
        "172.15.0.1",
        "172.32.0.1",
        "192.167.0.1",
        "100.128.0.1",
        "223.255.255.255",
        "2606:2800:220:1::1",
        "2001:4860:4860::8888",
        "2a00:1450::1"
      })
  void publicAddressesAreTaken(String address) throws UnknownHostException {
    assertThat(AddressRules.isPublic(InetAddress.getByName(address))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://example.com|http://example.com/",
        "HTTPS://Example.COM:443/A b?q=[1]#frag|https://example.com/A%20b?q=%5B1%5D",
        "http://bücher.example/ä%zz%41|http://xn--bcher-kva.example/%C3%A4%25zz%41",
        "http://img_1.example.com:8080?x|http://img_1.example.com:8080/?x",
        "http://example.com./a|http://example.com/a",
        "http://[2606:2800:220:1::1]/|http://[2606:2800:220:1:0:0:0:1]/",
        "http://1.1.1.1:/|http://1.1.1.1/"
      })
  void plainAddressesAreReadOneWay(String row) throws FetchFailure {
    String[] parts = row.split("\\|");

    assertThat(WebAddress.parse(parts[0])).hasToString(parts[1]);
    assertThat(WebAddress.parse(parts[1])).hasToString(parts[1]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/x|http://a.example/x",
        "x.png|http://a.example/b/x.png",
        "?q|http://a.example/b/c?q",
        "//b.example/|http://b.example/",
        "https://c.example|https://c.example/",
        "#f|http://a.example/b/c?d",
        "../e|http://a.example/b/../e"
      })
  void redirectionsAreResolved(String row) throws FetchFailure {
    String[] parts = row.split("\\|");

    assertThat(WebAddress.parse("http://a.example/b/c?d").resolve(parts[0])).hasToString(parts[1]);
  }
}
