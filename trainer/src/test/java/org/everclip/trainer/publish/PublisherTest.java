package org.everclip.trainer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.ManifestDraft;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublisherTest {

  @TempDir Path outbox;
  private final List<ManifestDraft> drafts = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> versions = new ConcurrentHashMap<>();
  private final Map<Integer, Integer> published = new ConcurrentHashMap<>();
  private final AtomicBoolean up = new AtomicBoolean();
  private final AtomicInteger refused = new AtomicInteger();

  @BeforeEach
  void fill() throws IOException {
    for (int round = 1; round <= 3; round++) {
      Path folder = VersionWriter.folder(outbox, round);
      Files.createDirectories(folder.resolve(VersionWriter.FILES));
      Files.writeString(folder.resolve(VersionWriter.FILES).resolve("model.json"), "{}");
      var publication =
          new Publication(
              "demo",
              "run/round-" + round,
              round,
              10L * round,
              0,
              Map.of(),
              "r",
              List.of(),
              Map.of());
      Files.writeString(folder.resolve(VersionWriter.PUBLICATION), CanonicalJson.text(publication));
    }
  }

  @Test
  void waitsForTheRegistryAndThenSendsAllInOrder() throws Exception {
    try (var publisher = publisher()) {
      publisher.start();
      await().until(() -> refused.get() > 0);
      assertThat(published).isEmpty();

      up.set(true);

      await().until(() -> published.size() == 3);
    }
    assertThat(drafts).extracting(ManifestDraft::round).containsExactly(1, 2, 3);
    assertThat(drafts).extracting(ManifestDraft::parent).containsExactly(null, 1, 2);
  }

  @Test
  void aRoundThatWasSentBeforeACrashIsTheSameVersion() throws Exception {
    up.set(true);
    publisher().publishAll();
    // The crash: the registry has the version, the mark that says so was not written.
    Files.delete(VersionWriter.folder(outbox, 3).resolve("published.json"));
    Files.createDirectories(VersionWriter.folder(outbox, 3).resolve(VersionWriter.FILES));

    publisher().publishAll();
    publisher().publishAll();

    assertThat(drafts).extracting(ManifestDraft::round).containsExactly(1, 2, 3, 3);
    assertThat(versions).hasSize(3);
    assertThat(published).containsEntry(3, 3);
  }

  private Publisher publisher() {
    return new Publisher(
        outbox,
        (model, directory, draft, key) -> {
          if (!up.get()) {
            refused.incrementAndGet();
            throw new UncheckedIOException(new IOException("the registry is away"));
          }
          drafts.add(draft);
          return versions.computeIfAbsent(key, k -> versions.size() + 1);
        },
        published::put,
        (healthy, why) -> {});
  }
}
