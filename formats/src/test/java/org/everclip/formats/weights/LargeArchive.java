package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/** An archive of torch with one storage of more than 4 GiB, mostly a hole on disk. */
final class LargeArchive {
  private static final byte[] PICKLE_NAME = "large/data.pkl".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DATA_NAME = "large/data/0".getBytes(StandardCharsets.US_ASCII);

  private LargeArchive() {}

  static void write(Path file, byte[] pickle, long dataBytes, float[] last) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(pickle);
    int sum = (int) crc.getValue();
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(header(false, PICKLE_NAME, sum, pickle.length, 0).flip());
      channel.write(ByteBuffer.wrap(pickle));
      long data = channel.position();
      channel.write(header(false, DATA_NAME, 0, dataBytes, 0).flip());
      long end = channel.position() + dataBytes;
      ByteBuffer values = ByteBuffer.allocate(4 * last.length).order(ByteOrder.LITTLE_ENDIAN);
      values.asFloatBuffer().put(last);
      channel.write(values, end - values.capacity());
      channel.position(end);
      channel.write(header(true, PICKLE_NAME, sum, pickle.length, 0).flip());
      channel.write(header(true, DATA_NAME, 0, dataBytes, data).flip());
      channel.write(end(end, channel.position() - end, channel.position()).flip());
    }
  }

  private static ByteBuffer header(boolean central, byte[] name, int crc, long size, long at) {
    ByteBuffer out = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(central ? 0x02014b50 : 0x04034b50);
    if (central) {
      out.putShort((short) 45);
    }
    out.putShort((short) 45).putShort((short) 0).putShort((short) 0).putInt(0).putInt(crc);
    out.putInt(-1).putInt(-1).putShort((short) name.length);
    out.putShort((short) (central ? 28 : 20));
    if (central) {
      out.putShort((short) 0).putShort((short) 0).putShort((short) 0).putInt(0).putInt(-1);
    }
    out.put(name).putShort((short) 1).putShort((short) (central ? 24 : 16));
    out.putLong(size).putLong(size);
    return central ? out.putLong(at) : out;
  }

  private static ByteBuffer end(long directory, long bytes, long at) {
    ByteBuffer out = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
    out.putInt(0).putInt(0).putLong(2).putLong(2).putLong(bytes).putLong(directory);
    out.putInt(0x07064b50).putInt(0).putLong(at).putInt(1);
    out.putInt(0x06054b50).putInt(0).putShort((short) 2).putShort((short) 2);
    return out.putInt((int) bytes).putInt(-1).putShort((short) 0);
  }
}
