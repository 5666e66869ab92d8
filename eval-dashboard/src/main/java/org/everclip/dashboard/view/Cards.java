package org.everclip.dashboard.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.dashboard.feed.ReadModel;

/** The model cards, fetched from the registry when somebody asks. Thread-safe. */
final class Cards {

  private static final String FILE = "README.md";
  private static final long MOST_BYTES = 256 << 10;
  private static final int REMEMBERED = 64;

  private final ReadModel model;
  private final RegistryClient registry;
  private final Map<String, String> known =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
          return size() > REMEMBERED;
        }
      };

  Cards(ReadModel model, RegistryClient registry) {
    this.model = model;
    this.registry = registry;
  }

  /**
   * The text of a version's card; empty when the version or its card does not exist.
   *
   * @throws AwayException when the registry does not answer
   */
  Optional<String> of(String name, int version) {
    return model.versions().getOrDefault(name, java.util.List.of()).stream()
        .filter(info -> info.version() == version)
        .findFirst()
        .flatMap(Cards::entry)
        .filter(file -> file.size() <= MOST_BYTES)
        .map(file -> text(file.sha256()));
  }

  private static Optional<FileEntry> entry(VersionInfo info) {
    return info.manifest().file(FILE);
  }

  private String text(String sha256) {
    synchronized (known) {
      String text = known.get(sha256);
      if (text != null) {
        return text;
      }
    }
    if (!model.registryTrouble().isEmpty()) {
      throw new AwayException(model.registryTrouble());
    }
    String text = new String(registry.getBlob(sha256), UTF_8);
    synchronized (known) {
      known.put(sha256, text);
    }
    return text;
  }
}
