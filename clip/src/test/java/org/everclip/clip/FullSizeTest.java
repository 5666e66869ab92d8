package org.everclip.clip;

import org.everclip.clip.network.Architecture;
import org.everclip.clip.network.Golden;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every published model of its full size against the reference's numbers, one at a time in memory;
 * prints the table of {@code docs/models.md}. Minutes, and up to 8 GiB: run it by {@code mvn -pl
 * clip verify -Pfull-size}.
 */
@Tag("full-size")
class FullSizeTest {

  private static final StringBuilder TABLE = new StringBuilder(GoldenRun.HEADER);

  @ParameterizedTest
  @CsvSource({
    "mobileclip_s0, mobileclip_s0",
    "mobileclip_s1, mobileclip_s1",
    "mobileclip_s2, mobileclip_s2",
    "mobileclip_b, mobileclip_b",
    "MobileCLIP2-S0, open_clip_MobileCLIP2-S0",
    "MobileCLIP2-S2, open_clip_MobileCLIP2-S2",
    "MobileCLIP2-B, open_clip_MobileCLIP2-B",
    "MobileCLIP2-S3, open_clip_MobileCLIP2-S3",
    "MobileCLIP2-S4, open_clip_MobileCLIP2-S4",
    "MobileCLIP2-L-14, open_clip_MobileCLIP2-L-14",
    "ViT-L-14, open_clip_ViT-L-14",
    "ViT-L-14-quickgelu, open_clip_ViT-L-14-quickgelu",
    "coca_ViT-L-14, open_clip_coca_ViT-L-14"
  })
  void givesTheReferencesNumbers(String name, String golden) {
    var architecture = Architecture.named(name);

    var run = GoldenRun.of(architecture, Golden.json(golden));

    TABLE.append('\n').append(run.row(name));
    run.verify(architecture);
  }

  @AfterAll
  static void printsTheTable() {
    System.out.println(TABLE);
  }
}
