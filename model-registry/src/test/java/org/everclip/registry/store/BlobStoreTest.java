package org.everclip.registry.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.everclip.contracts.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlobStoreTest {

  private static final long MAX = 1 << 20;

  @TempDir Path root;

  /** The process ends at the n-th write, sync or rename; what a write had done by then stays. */
  private static final class Crash extends Error {
    private static final long serialVersionUID = 1;
  }

  private static final class CrashingDisk implements FileOps {
    private int left;
    private boolean halfDone;

    CrashingDisk(int survives, boolean halfDone) {
      this.left = survives;
      this.halfDone = halfDone;
    }

    private void step() {
      if (left-- == 0) {
        throw new Crash();
      }
    }

    @Override
    public OutputStream create(Path file) throws IOException {
      step();
      return new FilterOutputStream(FileOps.super.create(file)) {
        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
          if (left == 0 && halfDone) {
            out.write(bytes, from, length / 2);
          }
          step();
          out.write(bytes, from, length);
        }
      };
    }

    @Override
    public void force(Path path) throws IOException {
      step();
      FileOps.super.force(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
      if (left == 0 && halfDone) {
        FileOps.super.rename(from, to);
      }
      step();
      FileOps.super.rename(from, to);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void noCrashPointLeavesAVisibleBlobWithOtherBytes(boolean halfDone) throws IOException {
    byte[] bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    String sha256 = Sha256.hex(bytes);
    int crashes = 0;
    for (int survives = 0; ; survives++) {
      Path folder = root.resolve(halfDone + "-" + survives);
      BlobStore store = BlobStore.open(folder, MAX, new CrashingDisk(survives, halfDone));
      boolean crashed = false;
      try {
        store.put(sha256, new ByteArrayInputStream(bytes));
      } catch (Crash e) {
        crashed = true;
        crashes++;
      }

      BlobStore after = BlobStore.open(folder, MAX, FileOps.DISK);
      for (String name : after.list()) {
        assertThat(Sha256.hex(after.find(name).orElseThrow())).isEqualTo(name);
      }
      assertThat(folder.resolve("staging")).isEmptyDirectory();
      if (!crashed) {
        assertThat(after.find(sha256)).isPresent();
        break;
      }
      after.put(sha256, new ByteArrayInputStream(bytes));
      assertThat(after.find(sha256)).isPresent();
    }
    assertThat(crashes).isGreaterThan(8);
  }

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
