package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.contracts.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobStoreTest {

  private static final long MAX = 1 << 20;

  @TempDir Path root;

  @Test
  void refusesOtherBytesAndTooMany() throws IOException {
    BlobStore store = BlobStore.open(root, 10, FileOps.DISK);

    assertThatThrownBy(() -> store.put(Sha256.hex("a"), stream("b")))
        .isInstanceOf(BlobRefused.class)
        .hasMessageContaining("upload them again");
    assertThatThrownBy(() -> store.put(Sha256.hex("12345678901"), stream("12345678901")))
        .isInstanceOf(BlobRefused.class)
        .hasMessageContaining("at most 10");
    assertThatThrownBy(() -> store.put("../../x", stream("b"))).isInstanceOf(BlobRefused.class);
    assertThat(store.find("../../x")).isEmpty();
    assertThat(store.list()).isEmpty();
    assertThat(root.resolve("staging")).isEmptyDirectory();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.safetensors=nothing like a header",
        "model.safetensors=PK\u0003\u0004aaaaaaaaaaaaaa",
        "tokenizer.json=PK\u0003\u0004",
        "config.json={\"a\":1} trailing",
        "weights.bin=a\u0000b",
        "notes.txt=a\u0000b",
        "notes.md=PK\u0003\u0004"
      })
  void refusesContentThatIsNotPlainData(String nameAndContent) throws IOException {
    String[] parts = nameAndContent.split("=", 2);
    Path file = Files.writeString(root.resolve("file"), parts[1]);

    assertThatThrownBy(() -> SafeContent.check(parts[0], file)).isInstanceOf(BlobRefused.class);
  }

  @Test
  void refusesPicklesWhateverTheyAreCalled() throws IOException {
    Path file = root.resolve("file");
    for (int protocol = 1; protocol <= 5; protocol++) {
      Files.write(file, new byte[] {(byte) 0x80, (byte) protocol, 'c', 'o', 's', '\n', '.'});
      for (String name : new String[] {"model.safetensors", "a.json", "a.txt", "a.pt", "README"}) {
        assertThatThrownBy(() -> SafeContent.check(name, file)).isInstanceOf(BlobRefused.class);
      }
    }
    Files.writeString(file, "# A model");
    SafeContent.check("README.md", file);
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(UTF_8));
  }
}
