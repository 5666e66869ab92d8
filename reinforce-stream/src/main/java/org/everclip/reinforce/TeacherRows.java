package org.everclip.reinforce;

import java.nio.ByteBuffer;
import java.util.List;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.embedding.EmbeddingEncoding;

/** A teacher's rows for one pair, on their way into a record and out of it. */
final class TeacherRows {

  private TeacherRows() {}

  /**
   * Encodes rows of one length. Those that are not finite stay as they are: {@link #finite} will
   * find them.
   *
   * @param image A rows
   * @param caption S rows
   */
  static TeacherEmbedding store(
      String teacherId,
      EmbeddingEncoding wanted,
      List<float[]> image,
      List<float[]> caption,
      float[] text) {
    float[] images = flat(image, text.length);
    float[] captions = flat(caption, text.length);
    boolean finite = finite(images) && finite(captions) && finite(text);
    EmbeddingEncoding encoding = finite ? wanted : EmbeddingEncoding.BF16;
    return new TeacherEmbedding(
        teacherId,
        text.length,
        encoding.id(),
        ByteBuffer.wrap(encoding.encode(images, text.length)),
        ByteBuffer.wrap(encoding.encode(captions, text.length)),
        ByteBuffer.wrap(encoding.encode(text, text.length)));
  }

  /** Whether all rows are finite numbers. */
  static boolean finite(TeacherEmbedding stored) {
    EmbeddingEncoding encoding = EmbeddingEncoding.of(stored.getEncoding());
    if (encoding != EmbeddingEncoding.BF16) {
      return true; // see store
    }
    int dim = stored.getDim();
    return finite(encoding.open(stored.getImage(), dim).values())
        && finite(encoding.open(stored.getCaption(), dim).values())
        && finite(encoding.open(stored.getText(), dim).values());
  }

  private static boolean finite(float[] values) {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static float[] flat(List<float[]> rows, int dim) {
    var flat = new float[rows.size() * dim];
    for (int row = 0; row < rows.size(); row++) {
      System.arraycopy(rows.get(row), 0, flat, row * dim, dim);
    }
    return flat;
  }
}
