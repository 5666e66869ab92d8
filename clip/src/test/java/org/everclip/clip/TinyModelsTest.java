package org.everclip.clip;

import java.util.stream.Stream;
import org.everclip.clip.network.Golden;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The small member of every family gives the reference's numbers in the runtime of services. */
class TinyModelsTest {

  static Stream<String> names() {
    return Golden.TINY.stream();
  }

  @ParameterizedTest
  @MethodSource("names")
  void givesTheReferencesNumbers(String name) {
    var architecture = Golden.architecture(name);

    var run = GoldenRun.of(architecture, Golden.json(name));

    run.verify(architecture);
  }
}
