package org.everclip.clip;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.everclip.clip.weights.Weights;

/** SHA-256 of weights, lower-case hex. */
final class Hashes {

  private Hashes() {}

  static String ofFile(Path file) throws IOException {
    var digest = sha256();
    try (InputStream in = Files.newInputStream(file)) {
      var block = new byte[1 << 16];
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        digest.update(block, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The hash of all values in order. */
  static String ofValues(Weights weights) {
    var digest = sha256();
    weights.parameters().forEach(array -> digest.update(bytes(array.toFloatArray())));
    weights.buffers().forEach(array -> digest.update(bytes(array.toFloatArray())));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static ByteBuffer bytes(float[] values) {
    var buffer = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return buffer;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }
}
