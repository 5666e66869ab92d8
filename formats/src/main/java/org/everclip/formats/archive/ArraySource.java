package org.everclip.formats.archive;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An array in memory. */
@SuppressWarnings("ArrayRecordComponent")
record ArraySource(byte[] bytes) implements ByteSource {
  @Override
  public long size() {
    return bytes.length;
  }

  @Override
  public ByteBuffer slice(long at, int length) throws ArchiveException {
    ByteSource.check(at, length, bytes.length);
    return ByteBuffer.wrap(bytes, (int) at, length)
        .slice()
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {}
}
