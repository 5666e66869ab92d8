package org.everclip.formats.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import org.everclip.formats.Goldens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that want to run something or to fill the memory are refused, quickly and with words. */
@Timeout(60)
class HostileTorchTest {
  @TempDir Path folder;

  @Test
  void theHandMadeFilesAreReadWhenNothingIsWrong() throws IOException {
    var pickle = TorchFiles.pickle().op("}(").text("w").tensor("FloatStorage", "0", 6, 1, 2, 3);

    for (byte[] file :
        new byte[][] {
          pickle.op("u.").archive(24), pickle.legacy("0", 6, 24),
        }) {
      try (TorchFile weights = TorchFile.of(file)) {
        assertThat(weights.floats("w")).containsExactly(0, 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "posix,system",
    "os,system",
    "nt,system",
    "subprocess,Popen",
    "builtins,eval",
    "builtins,exec",
    "__builtin__,getattr",
    "torch,load",
    "torch.storage,_load_from_bytes",
    "torch._utils,_rebuild_tensor",
    "torch.serialization,load",
    "collections,OrderedDict.__reduce__",
    "numpy.core.multiarray,_reconstruct",
    "torch.nn.modules.linear,Linear",
    "torch,FloatStorage.__init__"
  })
  void anyOtherGlobalIsRefusedByName(String module, String name) throws IOException {
    var call = TorchFiles.pickle().global(module, name).op("(").text("touch hacked").op("tR.");
    var unused = TorchFiles.pickle().op("}(").text("w").global(module, name).op("u.");

    for (byte[] file :
        new byte[][] {
          call.archive(0), call.legacy("0", 0, 0), call.bytes(), unused.archive(0), unused.bytes()
        }) {
      assertRefused(file, module + "." + name, "safetensors", "nothing in such a file is ever run");
    }
    assertThat(folder.resolve("hacked")).doesNotExist();
    assertThat(Path.of("hacked")).doesNotExist();
  }

  @Test
  void otherOperationsAreRefused() throws IOException {
    assertRefused(TorchFiles.pickle().op("(iposix\nsystem\n.").archive(0), "posix.system");
    assertRefused(
        TorchFiles.pickle().text("posix").text("system").raw(0x93).op(".").archive(0), "0x93");
    assertRefused(TorchFiles.pickle().raw(0x80, 4).op("}.").archive(0), "protocol 4");
    for (int operation = 0; operation < 256; operation++) {
      byte[] file = TorchFiles.pickle().raw(operation).archive(0);
      assertThatThrownBy(() -> TorchFile.of(file))
          .as("operation %d", operation)
          .isInstanceOf(WeightFileException.class);
    }
  }

  @Test
  void callsOfAllowedNamesWithOtherArgumentsAreRefused() throws IOException {
    assertRefused(
        TorchFiles.pickle().global("collections", "OrderedDict").op("(").op("}tR.").archive(0),
        "dictionary made of arguments");
    assertRefused(TorchFiles.pickle().op("})R.").archive(0), "no function");
    assertRefused(
        TorchFiles.pickle().global("torch", "FloatStorage").op(")R.").archive(0),
        "call of the type");
    assertRefused(
        TorchFiles.pickle().global("torch._utils", "_rebuild_tensor_v2").op(")R.").archive(0),
        "0 parts");
    assertRefused(
        TorchFiles.pickle().global("torch._utils", "_rebuild_parameter").op("(}}}tR.").archive(0),
        "without a tensor");
    assertRefused(TorchFiles.pickle().text("/etc/passwd").op("Q.").archive(0), "no storage");
    assertRefused(TorchFiles.pickle().op("])b.").archive(0), "no dictionary");
  }

  @ParameterizedTest
  @CsvSource({
    // elements, offset, side, stride
    "6,0,7,1",
    "6,5,2,1",
    "6,-1,2,1",
    "6,0,-2,1",
    "6,0,2,-1",
    "6,0,2,6",
    "1,0,1000000,0",
    "6,0,2147483647,2147483647",
    "7,0,1,1",
    "5,0,1,1"
  })
  void tensorsOutsideTheirStorageAreRefused(int elements, int offset, int side, int stride)
      throws IOException {
    var pickle =
        TorchFiles.pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", elements, offset, side, stride)
            .op("u.");

    assertRefused(pickle.archive(24), "");
    assertRefused(pickle.legacy("0", 6, 24), "");
  }

  @Test
  void hugeCountsAreRefusedBeforeMemoryIsTaken() throws IOException {
    assertRefused(TorchFiles.pickle().op("X").int32(Integer.MAX_VALUE).archive(0), "text");
    assertRefused(TorchFiles.pickle().op("X").int32(-1).archive(0), "text");
    var huge =
        TorchFiles.pickle()
            .op("}(")
            .text("w")
            .tensor("DoubleStorage", "0", Integer.MAX_VALUE, 0, 1, 1)
            .op("u.");
    assertRefused(huge.archive(8), "expected 17179869176 bytes");
    assertRefused(huge.legacy("0", Integer.MAX_VALUE, 8), "cut off");
    assertRefused(huge.legacy("0", -1, 8), "got -1");
    assertRefused(huge.legacy("0", Long.MAX_VALUE, 8), "expected 2147483647 values");
    assertRefused(huge.legacy("other", 1, 8), "no tensor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"}", "]", ")", "(", "N", "}q\u0000", "(t", ")\u0085", "K\u0001q\u0001"})
  void endlessRepetitionIsRefused(String operations) throws IOException {
    String many = operations.repeat(12_000_000 / operations.length());

    assertRefused(TorchFiles.pickle().op(many).op(".").archive(0), "");
  }

  @Test
  void everyNumberOfRememberedValuesIsBounded() throws IOException {
    var pickle = TorchFiles.pickle().op("N");
    for (int i = 0; i < 1_000_010; i++) {
      pickle.op("r").int32(i);
    }
    assertRefused(pickle.op(".").archive(0), "remembers more than");
    assertRefused(TorchFiles.pickle().op("j").int32(-5).op(".").archive(0), "never had");
  }

  @Test
  void thingsThatContainThemselvesAreHarmless() throws IOException {
    // A list in itself, a dictionary in itself, and pairs of pairs of pairs of ... tuples.
    assertRefused(TorchFiles.pickle().op("]q\1(h\1e.").archive(0), "dictionary of tensors");
    assertRefused(
        TorchFiles.pickle().op("}q\1(").text("state_dict").op("h\1u.").archive(0), "no tensors");
    var lists = TorchFiles.pickle().op("]q\1]q\2h\1ah\2a").raw(0x85);
    assertRefused(lists.op("Q.").archive(0), "no storage");
    var doubled = TorchFiles.pickle().op(")q\1");
    for (int i = 0; i < 60; i++) {
      doubled.op("h\1h\1").raw(0x86).op("q\1");
    }
    assertRefused(doubled.op("}q\2(h\1Nu.").archive(0), "key that is no text or number");
  }

  @Test
  void everyCutOfAFileIsRefused() throws IOException {
    for (String name : new String[] {"mixed.pt", "mixed_legacy.pt"}) {
      byte[] whole = Goldens.bytes("goldens/" + name);
      for (int length = 0; length < whole.length; length += 7) {
        byte[] cut = java.util.Arrays.copyOf(whole, length);
        assertThatThrownBy(() -> TorchFile.of(cut))
            .as("%s cut to %d", name, length)
            .isInstanceOf(WeightFileException.class);
      }
    }
  }

  @Test
  void bombsAreRefused() throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("archive/data.pkl", new byte[40 << 20]);
    assertRefused(TorchFiles.zip(members, ZipEntry.DEFLATED), "compressed");
    assertRefused(TorchFiles.zip(members, ZipEntry.STORED), "the most is");

    Path bomb = folder.resolve("bomb.pth.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(bomb))) {
      for (int i = 0; i < 100; i++) {
        out.write(new byte[1 << 20]);
      }
    }
    assertThatThrownBy(() -> WeightFile.open(bomb))
        .isInstanceOf(WeightFileException.class)
        .hasMessageContaining("unpacks to more than");
  }

  @Test
  void membersThatOverlapAreRefused() throws IOException {
    byte[] file =
        TorchFiles.pickle()
            .op("}(")
            .text("w")
            .tensor("FloatStorage", "0", 6, 0, 6, 1)
            .op("u.")
            .archive(24);
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int directory = bytes.getInt(file.length - 22 + 16);
    int first = bytes.getInt(directory + 42);
    int second = directory + 46 + "archive/data.pkl".length() + bytes.getShort(directory + 30);
    assertThat(bytes.getInt(second)).isEqualTo(0x02014b50);
    for (int at : new int[] {first, bytes.getInt(second + 42) - 5, -1, file.length}) {
      byte[] moved = file.clone();
      ByteBuffer.wrap(moved).order(ByteOrder.LITTLE_ENDIAN).putInt(second + 42, at);
      assertThatThrownBy(() -> TorchFile.of(moved)).isInstanceOf(WeightFileException.class);
    }
    byte[] grown = file.clone();
    ByteBuffer sizes = ByteBuffer.wrap(grown).order(ByteOrder.LITTLE_ENDIAN);
    sizes.putInt(second + 20, 40).putInt(second + 24, 40);
    assertRefused(grown, "overlaps");
  }

  @Test
  void programsOfTorchScriptAreRefusedWithAdvice() throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("ViT-B-32/data.pkl", TorchFiles.pickle().op("}.").bytes());
    members.put("ViT-B-32/constants.pkl", new byte[] {1});
    members.put("ViT-B-32/code/__torch__/clip.py", new byte[] {1});

    assertRefused(TorchFiles.zip(members, ZipEntry.STORED), "TorchScript", "torch.jit.load");
  }

  @Test
  void otherFilesAreRefusedForWhatTheyAre() throws IOException {
    Map<String, byte[]> members = Map.of("image_emb.npy", new byte[10]);
    assertRefused(TorchFiles.zip(members, ZipEntry.STORED), "not of torch.save");
    assertRefused(TorchFiles.pickle().op("}(").text("a").op("K\1u.").archive(0), "keys are [a]");
    Path text = Files.writeString(folder.resolve("model.bin"), "<html>not found</html>");
    assertThatThrownBy(() -> WeightFile.open(text)).isInstanceOf(WeightFileException.class);
    Path empty = Files.write(folder.resolve("empty.pt"), new byte[0]);
    assertThatThrownBy(() -> WeightFile.open(empty)).isInstanceOf(WeightFileException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mixed.pt", "mixed_legacy.pt", "mixed.safetensors"})
  void damagedFilesAreReadOrRefusedButNothingElse(String name) throws IOException {
    int accepted =
        Damage.readOrRefuse(Goldens.bytes("goldens/" + name), new Random(7), 3000, folder);

    assertThat(accepted).isBetween(1, 2999);
  }

  @Test
  void aDamagedGzipIsRefused() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write("no torch at all".getBytes(StandardCharsets.US_ASCII));
    }
    byte[] cut = java.util.Arrays.copyOf(out.toByteArray(), out.size() - 9);
    for (byte[] bytes : new byte[][] {out.toByteArray(), cut}) {
      Path file = Files.write(folder.resolve("x.pth.gz"), bytes);
      assertThatThrownBy(() -> WeightFile.open(file)).isInstanceOf(WeightFileException.class);
    }
  }

  private static void assertRefused(byte[] file, String... words) {
    long start = System.nanoTime();
    assertThatThrownBy(() -> TorchFile.of(file))
        .isInstanceOf(WeightFileException.class)
        .satisfies(
            refusal -> {
              assertThat(refusal.getMessage()).contains(words);
              assertThat(refusal.getMessage().length()).isLessThan(2000);
            });
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
  }
}
