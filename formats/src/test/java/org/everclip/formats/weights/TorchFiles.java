package org.everclip.formats.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes pickles by hand, operation by operation, and archives around them. */
final class TorchFiles {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private TorchFiles() {}

  /** A pickle of protocol 2, without its end. */
  static TorchFiles pickle() {
    return new TorchFiles().raw(0x80, 2);
  }

  TorchFiles raw(int... bytes) {
    for (int value : bytes) {
      out.write(value);
    }
    return this;
  }

  TorchFiles op(String operations) {
    out.writeBytes(operations.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  TorchFiles global(String module, String name) {
    return op("c" + module + "\n" + name + "\n");
  }

  TorchFiles text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return op("X").int32(utf8.length).op(text);
  }

  TorchFiles number(int number) {
    return op("J").int32(number);
  }

  TorchFiles int32(int number) {
    return raw(number, number >> 8, number >> 16, number >> 24);
  }

  TorchFiles storage(String type, String key, int elements) {
    return op("(")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .op("tQ");
  }

  /** A tensor of one side. */
  TorchFiles tensor(String type, String key, int elements, int offset, int side, int stride) {
    global("torch._utils", "_rebuild_tensor_v2").op("(").storage(type, key, elements);
    number(offset).op("(").number(side).op("t(").number(stride).op("t").raw(0x89);
    return global("collections", "OrderedDict").op(")RtR");
  }

  byte[] bytes() {
    return out.toByteArray();
  }

  /** An archive as torch writes it, with this pickle and one storage of so many bytes. */
  byte[] archive(int storageBytes) throws IOException {
    Map<String, byte[]> members = new LinkedHashMap<>();
    members.put("archive/data.pkl", bytes());
    members.put("archive/data/0", new byte[storageBytes]);
    members.put("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    return zip(members, ZipEntry.STORED);
  }

  static byte[] zip(Map<String, byte[]> members, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> member : members.entrySet()) {
        CRC32 crc = new CRC32();
        crc.update(member.getValue());
        ZipEntry entry = new ZipEntry(member.getKey());
        entry.setMethod(method);
        entry.setSize(member.getValue().length);
        entry.setCrc(crc.getValue());
        zip.putNextEntry(entry);
        zip.write(member.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** The old form: this pickle is the fourth of five. */
  byte[] legacy(String key, long elements, int dataBytes) {
    TorchFiles file = new TorchFiles();
    byte[] magic = TorchContainer.LEGACY_MAGIC.toByteArray();
    file.raw(0x80, 2, 0x8a, magic.length);
    for (int i = magic.length - 1; i >= 0; i--) {
      file.raw(magic[i]);
    }
    file.op(".").raw(0x80, 2).op("M").raw(1001 & 0xff, 1001 >> 8).op(".");
    file.raw(0x80, 2).op("}.");
    file.out.writeBytes(bytes());
    file.raw(0x80, 2).op("](").text(key).op("e.");
    file.out.writeBytes(
        ByteBuffer.allocate(8 + dataBytes)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(elements)
            .array());
    return file.bytes();
  }
}
