package org.everclip.reinforce;

import java.io.IOException;
import java.nio.file.Path;
import org.everclip.contracts.avro.AcceptedPair;

/** What tests of other packages need of this one. */
public final class FilePrograms {

  private FilePrograms() {}

  /** Writes small untrained models and {@code recipe.yaml}. */
  public static void write(Path folder) throws IOException {
    TestProgram.write(folder);
  }

  /** A pair with a picture of coloured blocks, mostly not square. */
  public static AcceptedPair pair(int number) {
    return TestPairs.pair(number);
  }
}
