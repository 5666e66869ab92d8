package org.everclip.registry.versions;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.contracts.registry.SignedManifest;
import org.everclip.registry.versions.ModelState.Published;
import org.junit.jupiter.api.Test;

class RetentionTest {

  /** Versions 1..10: 2 from 1, 3 from 2, 6 from 3, the others from nothing. */
  private static ModelState model() {
    var versions = new ArrayList<Published>();
    Map<Integer, Integer> parents = Map.of(2, 1, 3, 2, 6, 3);
    for (int version = 1; version <= 10; version++) {
      var manifest =
          new Manifest(
              "m",
              version,
              parents.get(version),
              0,
              0,
              Instant.EPOCH,
              List.of(new FileEntry("model.safetensors", "a".repeat(64), 1)),
              Map.of(),
              "",
              List.of(),
              "",
              Map.of(),
              Manifest.FORMAT);
      versions.add(new Published(new SignedManifest("", "", ""), manifest, "digest" + version));
    }
    return new ModelState("m", versions, new TreeMap<>(Map.of("main", 6)), List.of(), Set.of(4));
  }

  @Test
  void aliasedAncestorsNewestAndBestStay() {
    var plan =
        new Retention(2, 1)
            .plan(
                model(),
                version ->
                    version == 7 || version == 5
                        ? OptionalDouble.of(version / 10.0)
                        : OptionalDouble.empty());

    assertThat(plan.keep().keySet()).containsExactly(1, 2, 3, 6, 7, 9, 10);
    assertThat(plan.keep()).containsEntry(6, "main").containsEntry(3, "ancestor of v6");
    assertThat(plan.keep()).containsEntry(7, "one of the best 1");
    assertThat(plan.retire()).containsExactly(5, 8);
  }
}
