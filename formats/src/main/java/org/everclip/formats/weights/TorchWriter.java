package org.everclip.formats.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes small dictionaries of tensors as {@code torch.save} does, in memory, for programs that
 * read nothing else. The same input gives the same bytes.
 */
public final class TorchWriter {
  private static final String TOP = "archive";
  private static final int ALIGNMENT = 64;
  private static final int LOCAL_HEADER_BYTES = 30;
  private static final int PADDING_ID = 0x4246;

  /** The first moment of the format would be written with the machine's time zone. */
  private static final LocalDateTime ANY_TIME = LocalDateTime.of(1980, 1, 2, 0, 0);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private TorchWriter() {}

  /** Returns the file's bytes; tensors stand in the order of the map. */
  public static byte[] bytes(Map<String, DenseArray> tensors) {
    return new TorchWriter().write(tensors);
  }

  private byte[] write(Map<String, DenseArray> tensors) {
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.setMethod(ZipOutputStream.STORED);
      put(zip, "/data.pkl", new Pickler().dictionary(tensors));
      int key = 0;
      for (DenseArray tensor : tensors.values()) {
        put(zip, "/data/" + key++, tensor.bytes());
      }
      put(zip, "/version", "3\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException impossible) {
      throw new UncheckedIOException("memory cannot fail", impossible);
    }
    return out.toByteArray();
  }

  private void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
    ZipEntry entry = new ZipEntry(TOP + name);
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setTimeLocal(ANY_TIME);
    entry.setCrc(crc.getValue());
    entry.setSize(content.length);
    zip.flush();
    int start = out.size() + LOCAL_HEADER_BYTES + TOP.length() + name.length() + 4;
    int padding = Math.floorMod(-start, ALIGNMENT);
    byte[] extra = new byte[4 + padding];
    extra[0] = (byte) PADDING_ID;
    extra[1] = (byte) (PADDING_ID >> 8);
    extra[2] = (byte) padding;
    entry.setExtra(extra);
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  /** The one pickle that is ever written: names to views of whole storages. */
  private static final class Pickler {
    private final ByteArrayOutputStream pickle = new ByteArrayOutputStream();

    byte[] dictionary(Map<String, DenseArray> tensors) {
      operation(0x80).operation(2).operation('}').operation('(');
      int key = 0;
      for (Map.Entry<String, DenseArray> tensor : tensors.entrySet()) {
        text(tensor.getKey());
        tensor(String.valueOf(key++), tensor.getValue());
      }
      operation('u').operation('.');
      return pickle.toByteArray();
    }

    private void tensor(String key, DenseArray array) {
      global("torch._utils", "_rebuild_tensor_v2");
      operation('(').operation('(');
      text("storage");
      global("torch", array.dtype().storageClass());
      text(key);
      text("cpu");
      number(array.bytes().length / array.dtype().size());
      operation('t').operation('Q');
      number(0);
      operation('(');
      for (long side : array.shape()) {
        number(Math.toIntExact(side));
      }
      operation('t').operation('(');
      for (int i = 0; i < array.shape().length; i++) {
        long stride = 1;
        for (int j = i + 1; j < array.shape().length; j++) {
          stride *= array.shape()[j];
        }
        number(Math.toIntExact(stride));
      }
      operation('t').operation(0x89);
      global("collections", "OrderedDict");
      operation(')').operation('R').operation('t').operation('R');
    }

    private Pickler operation(int code) {
      pickle.write(code);
      return this;
    }

    private void global(String module, String name) {
      pickle.writeBytes(("c" + module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private void text(String text) {
      byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
      operation('X');
      fourBytes(utf8.length);
      pickle.writeBytes(utf8);
    }

    private void number(int number) {
      operation('J');
      fourBytes(number);
    }

    private void fourBytes(int number) {
      for (int shift = 0; shift < 32; shift += 8) {
        pickle.write(number >> shift);
      }
    }
  }
}
