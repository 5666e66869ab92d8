package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.ingest.Fuzzer;
import org.junit.jupiter.api.Test;

/** No text makes the address parser fail other than by refusing, and what it takes is clear. */
class WebAddressFuzzTest {

  @Test
  void everyTextIsRefusedOrReadInOneWay() throws Exception {
    var seeds = new ArrayList<byte[]>();
    HostileAddressTest.forms().forEach(form -> seeds.add(form.getBytes(UTF_8)));
    for (String good :
        List.of(
            "https://bücher.example/ä b?q=[1]|{}",
            "http://img_1.example.com:8080/a%20b#x",
            "http://[2606:2800:220:1::1]:80/x",
            "http://192.0.2.7:8080/",
            "http://user:secret@example.org:80/../..//",
            "HTTPS://EXAMPLE.ORG.",
            "http://xn--bcher-kva.example/%2e%2e/")) {
      seeds.add(good.getBytes(UTF_8));
    }
    // Pieces that damaged inputs take from each other.
    Stream.of(
            "http://",
            "https://",
            "@",
            ":",
            "/",
            "?",
            "#",
            "%",
            "[",
            "]",
            "\\",
            "。",
            "0x",
            "..",
            "xn--",
            "１",
            "\u0000",
            "\ud83d\ude00",
            "127.0.0.1",
            "localhost",
            "::",
            ":443")
        .forEach(token -> seeds.add(token.getBytes(UTF_8)));

    Fuzzer.run(
        "url",
        seeds,
        input -> {
          String text = new String(input, UTF_8);
          try {
            WebAddress address = WebAddress.parse(text);
            WebAddress again = WebAddress.parse(address.toString());
            assertThat(again).isEqualTo(address);
            URI uri = URI.create(address.toString());
            assertThat(uri.getScheme()).isEqualTo(address.scheme());
            assertThat(uri.getRawAuthority())
                .startsWith(address.host().contains(":") ? "[" : address.host());
            assertThat(uri.getRawUserInfo()).isNull();
            assertThat(address.port()).isBetween(0, 65_535);
            assertThat(address.path()).startsWith("/").matches("\\p{ASCII}*");
            address.resolve(text.substring(text.length() / 2));
          } catch (FetchFailure e) {
            assertThat(e.detail()).isNotBlank();
          }
          new OptOut(List.of("noai"), "EverClip/0.1").find(List.of(text), List.of(text));
        });
  }
}
