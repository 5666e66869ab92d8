package org.everclip.ingest.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.ingest.Fuzzer;
import org.junit.jupiter.api.Test;

/** Addresses that strangers name. */
class AddressFuzzTest {

  @Test
  void addresses() throws IOException {
    List<byte[]> samples =
        Stream.of(
                "https://example.org/a/b.jpg?x=1&y=%20#part",
                "http://192.0.2.7:8080/",
                "http://[2001:db8::7]/picture",
                "https://bücher.example/ä/ö.png",
                "http://0x7f.1/",
                "http://user:secret@example.org:80/../..//",
                "HTTPS://EXAMPLE.ORG.",
                "http://xn--bcher-kva.example/%2e%2e/")
            .map(text -> text.getBytes(UTF_8))
            .toList();

    Fuzzer.run(
        "url",
        samples,
        bytes -> {
          try {
            WebAddress address = WebAddress.parse(new String(bytes, UTF_8));
            assertThat(address.host()).isNotEmpty();
            assertThat(address.port()).isBetween(0, 65_535);
            assertThat(address.path()).startsWith("/").matches("\\p{ASCII}*");
            assertThat(address.resolve("../" + new String(bytes, UTF_8))).isNotNull();
          } catch (FetchFailure refused) {
            assertThat(refused.getMessage()).isNotBlank();
          }
        });
  }
}
