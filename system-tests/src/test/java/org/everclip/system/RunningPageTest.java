package org.everclip.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A page that is already running, named by {@code -Deverclip.page=http://127.0.0.1:8080}. */
@EnabledIfSystemProperty(named = "everclip.page", matches = "http://.+")
class RunningPageTest {

  @Test
  void everyViewIsWithoutComplaint() throws Exception {
    Optional<Path> chromium = PageWalk.chromium();
    if (chromium.isPresent()) {
      var walk = new PageWalk(System.getProperty("everclip.page"), Path.of("target/screenshots"));
      assertThat(walk.walk(chromium.get())).isEmpty();
    }
  }
}
