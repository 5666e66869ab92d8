package org.everclip.registry.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.everclip.contracts.registry.FileEntry;
import org.junit.jupiter.api.Test;

/** Ids and pointers against those recorded from a server that real clients accepted. */
class HubFileTest {

  @Test
  void smallFilesHaveGitBlobIds() {
    assertThat(HubFile.gitOid("blob", "{\"model_cfg\":{},\"preprocess_cfg\":{}}\n".getBytes(UTF_8)))
        .isEqualTo("a2a31b16da5944090eef2fc6a23995b61376b7fd");
    assertThat(HubFile.gitOid("blob", new byte[0]))
        .isEqualTo("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  }

  @Test
  void largeFilesHaveTheIdOfTheirPointer() {
    var file =
        new FileEntry(
            "open_clip_model.safetensors",
            "751b22848234c2d33890b362da46402e6f23394d5406d740dede4224bca32be0",
            1_200_000);

    assertThat(HubFile.isLarge(file)).isTrue();
    assertThat(HubFile.pointer(file)).hasSize(132);
    assertThat(HubFile.gitOid("blob", HubFile.pointer(file)))
        .isEqualTo("b63354cc17418eaa7513a1fc33281e7db0222020");
  }
}
