package org.everclip.formats.weights;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Damages a weight file at random and reads what can be read of it. */
final class Damage {
  private Damage() {}

  /** Returns how many damaged files were still readable; anything but a refusal is thrown. */
  static int readOrRefuse(byte[] whole, Random random, int rounds, Path folder) throws IOException {
    int accepted = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] damaged = damage(whole, random);
      Path file = Files.write(folder.resolve("damaged"), damaged);
      try (WeightFile weights = WeightFile.open(file)) {
        for (TensorInfo tensor : weights.tensors().values()) {
          if (Dtype.valueOf(tensor.dtype()).isFloat()) {
            weights.floats(tensor.name());
          } else {
            weights.longs(tensor.name());
          }
        }
        accepted++;
      } catch (WeightFileException refused) {
        if (refused.getMessage() == null || refused.getMessage().length() > 3000) {
          throw new AssertionError("a refusal without readable words", refused);
        }
      }
    }
    return accepted;
  }

  private static byte[] damage(byte[] whole, Random random) {
    byte[] damaged =
        random.nextInt(4) == 0
            ? Arrays.copyOf(whole, 1 + random.nextInt(whole.length))
            : whole.clone();
    int region = random.nextBoolean() ? Math.min(1200, damaged.length) : damaged.length;
    for (int flips = random.nextInt(6); flips >= 0; flips--) {
      int at = random.nextInt(region);
      damaged[at] =
          (byte)
              switch (random.nextInt(3)) {
                case 0 -> random.nextInt();
                case 1 -> damaged[at] ^ 1 << random.nextInt(8);
                default -> "}])(.tRQucqhXJK\u00ff\u0000".charAt(random.nextInt(16));
              };
    }
    return damaged;
  }
}
