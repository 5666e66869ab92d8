package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.everclip.formats.archive.ByteSource;
import org.everclip.formats.weights.Pickled.View;

/** Brings the values of a strided tensor, such as a transposed one, into row-major order. */
final class Gather implements Values.Pieces {
  private static final int SEGMENT_BITS = 30;
  private static final int PIECE_BYTES = 1 << 16;

  private final int size;
  private final View view;
  private final long elements;
  private final ByteBuffer[] segments;

  /** Maps the part of the storage that the tensor lies in. */
  Gather(ByteSource source, TensorInfo info, View view) throws IOException {
    this.size = view.storage().type().size();
    this.view = view;
    this.elements = info.elements();
    long span = elements == 0 ? 0 : 1;
    for (int i = 0; elements > 0 && i < view.shape().size(); i++) {
      span += (view.shape().get(i) - 1) * view.strides().get(i);
    }
    long bytes = span * size;
    segments = new ByteBuffer[(int) ((bytes + (1L << SEGMENT_BITS) - 1) >> SEGMENT_BITS)];
    for (int i = 0; i < segments.length; i++) {
      long at = (long) i << SEGMENT_BITS;
      segments[i] =
          source.slice(info.offset() + at, (int) Math.min(1L << SEGMENT_BITS, bytes - at));
    }
  }

  @Override
  public void forEach(Values.Piece piece) {
    List<Long> shape = view.shape();
    long[] index = new long[shape.size()];
    ByteBuffer out = Values.buffer(PIECE_BYTES);
    long at = 0;
    for (long i = 0; i < elements; i++) {
      copy(at * size, out);
      if (!out.hasRemaining() || i + 1 == elements) {
        piece.accept(out.flip());
        out.clear();
      }
      for (int side = index.length - 1; side >= 0; side--) {
        long stride = view.strides().get(side);
        at += stride;
        if (++index[side] < shape.get(side)) {
          break;
        }
        at -= stride * shape.get(side);
        index[side] = 0;
      }
    }
  }

  /** Segments begin at a multiple of every size, so no value lies in two. */
  private void copy(long at, ByteBuffer out) {
    ByteBuffer segment = segments[(int) (at >> SEGMENT_BITS)];
    int from = (int) (at & (1L << SEGMENT_BITS) - 1);
    switch (size) {
      case 1 -> out.put(segment.get(from));
      case 2 -> out.putShort(segment.getShort(from));
      case 4 -> out.putInt(segment.getInt(from));
      default -> out.putLong(segment.getLong(from));
    }
  }
}
