package org.everclip.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.everclip.contracts.registry.RegistryException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What must not become part of a version, and requests that try to write headers. */
@ExtendWith(SharedRig.class)
class HostileContentTest {

  @TempDir private static Path folder;
  private static Rig rig;

  @BeforeAll
  static void start(Rig shared) {
    rig = shared;
  }

  private static byte[] safetensors(long announced, String header, int data) {
    byte[] text = header.getBytes(UTF_8);
    return ByteBuffer.allocate(8 + text.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(announced)
        .put(text)
        .array();
  }

  private static byte[] tensors(String header, int data) {
    return safetensors(header.getBytes(UTF_8).length, header, data);
  }

  private static byte[] zip() throws Exception {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(new byte[] {(byte) 0x80, 2, '}', '.'});
    }
    return bytes.toByteArray();
  }

  @Test
  void hostileWeightsNeverBecomeAVersion() throws Exception {
    var hostile = new TreeMap<String, byte[]>();
    String one = "\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";
    hostile.put("header of 2^63", safetensors(Long.MAX_VALUE, "{}", 8));
    hostile.put("negative header", safetensors(-1, "{}", 8));
    hostile.put("header longer than allowed", safetensors(25_000_001, "{" + one + "}", 8));
    hostile.put("header beyond the file", safetensors(1_000, "{" + one + "}", 8));
    hostile.put("not JSON", tensors("{" + one, 8));
    hostile.put("deep nesting", tensors("[".repeat(50_000), 8));
    hostile.put("twice the same name", tensors("{" + one + "," + one + "}", 8));
    hostile.put("data beyond the file", tensors("{" + one.replace("[0,8]", "[0,80]") + "}", 8));
    hostile.put("a hole", tensors("{" + one.replace("[0,8]", "[8,16]") + "}", 16));
    hostile.put("bytes behind the tensors", tensors("{" + one + "}", 9));
    hostile.put("size of another shape", tensors("{" + one.replace("[2]", "[3]") + "}", 8));
    hostile.put(
        "overflowing shape",
        tensors("{" + one.replace("[2]", "[4294967296,4294967296,2]") + "}", 8));
    hostile.put("negative shape", tensors("{" + one.replace("[2]", "[-2]") + "}", 8));
    hostile.put("backward offsets", tensors("{" + one.replace("[0,8]", "[8,0]") + "}", 8));
    hostile.put("unknown type", tensors("{" + one.replace("F32", "PICKLE") + "}", 8));
    hostile.put("no tensor", tensors("{}", 0));
    hostile.put("empty", new byte[0]);
    hostile.put("zip", zip());
    hostile.put("pickle", new byte[] {(byte) 0x80, 4, (byte) 0x95, 1, 0, 0, 0, 0, 0, 0, 0, '.'});
    int n = 0;
    for (Map.Entry<String, byte[]> entry : hostile.entrySet()) {
      Path version = Rig.model(folder.resolve("weights" + n++), n);
      Files.write(version.resolve("model.safetensors"), entry.getValue());
      refused(version, entry.getKey());
    }
    assertThat(rig.client().models()).doesNotContain("hostile");
  }

  @Test
  void codeInDisguiseNeverBecomesAVersion() throws Exception {
    byte[] pickle = {(byte) 0x80, 4, 'c', 'o', 's', '\n', 's', 'y', 's', '\n', '.'};
    var disguised = new TreeMap<String, byte[]>();
    disguised.put("config.json", pickle);
    disguised.put("notes.txt", pickle);
    disguised.put("extra.safetensors", pickle);
    disguised.put("open_clip_pytorch_model.bin", zip());
    disguised.put("words.txt", zip());
    disguised.put("NAME.PT", "ustar\0code".getBytes(UTF_8));
    disguised.put("merges.txt", new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
    disguised.put("vocab.json", "{\"a\": ".getBytes(UTF_8));
    int n = 0;
    for (Map.Entry<String, byte[]> entry : disguised.entrySet()) {
      Path version = Rig.model(folder.resolve("disguise" + n++), n);
      Files.write(version.resolve(entry.getKey()), entry.getValue());
      refused(version, entry.getKey());
    }
  }

  private static void refused(Path version, String what) throws Exception {
    assertThatThrownBy(() -> rig.client().publish("hostile", version, Rig.draft(null), what))
        .as(what)
        .isInstanceOf(RegistryException.class)
        .hasMessageContaining("422");
  }

  @Test
  void noRequestWritesAHeader() throws Exception {
    rig.client().publish("split", Rig.model(folder.resolve("split"), 5), Rig.draft(null), "k");
    for (String target :
        List.of(
            "/everclip/split/resolve/latest/x%0d%0aX-Evil:%201",
            "/everclip/split/resolve/x%0d%0aX-Evil:%201/config.json",
            "/everclip/x%0d%0aX-Evil:%201/resolve/latest/config.json",
            "/api/models/everclip/split/tree/latest/x%0d%0aX-Evil:%201",
            "/api/models/everclip/split/revision/x%0aX-Evil:%201",
            "/api/v1/models/split/versions/x%0d%0aX-Evil:%201",
            "/api/v1/blobs/x%0d%0aX-Evil:%201",
            "/api/v1/search?q=x%0d%0aX-Evil:%201")) {
      try (var socket = new Socket(rig.base().getHost(), rig.base().getPort())) {
        socket
            .getOutputStream()
            .write(
                ("GET " + target + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
        assertThat(answer.lines().takeWhile(line -> !line.isEmpty()))
            .as(target)
            .noneMatch(line -> line.startsWith("X-Evil"));
      }
    }
  }
}
