package org.everclip.registry.api;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.registry.store.JsonFile;
import org.everclip.registry.versions.ModelState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How often files were fetched whole, by digest; kept every few seconds, so that a crash may lose
 * the last of them. A version was downloaded as often as its weights were. Thread-safe.
 */
public final class DownloadCounts implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(DownloadCounts.class);
  private static final long KEEP_SECONDS = 5;

  private final Map<String, Long> counts = new ConcurrentHashMap<>();
  private final JsonFile file;
  private final ScheduledExecutorService keeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "registry-downloads");
            thread.setDaemon(true);
            return thread;
          });
  private volatile boolean changed;

  private record Stored(Map<String, Long> downloads) {}

  public DownloadCounts(JsonFile file) throws IOException {
    this.file = file;
    file.read(Stored.class).ifPresent(stored -> counts.putAll(stored.downloads()));
    keeper.scheduleWithFixedDelay(this::keep, KEEP_SECONDS, KEEP_SECONDS, TimeUnit.SECONDS);
  }

  void add(String sha256) {
    counts.merge(sha256, 1L, Long::sum);
    changed = true;
  }

  /** Of how many downloads are the digests? */
  long of(List<String> digests) {
    long sum = 0;
    for (String digest : digests) {
      sum += counts.getOrDefault(digest, 0L);
    }
    return sum;
  }

  /** The digests whose downloads are those of the version. */
  static List<String> weights(Manifest manifest) {
    return manifest.files().stream()
        .filter(DownloadCounts::isWeights)
        .map(FileEntry::sha256)
        .distinct()
        .toList();
  }

  /** Downloads of one version. */
  public long of(ModelState model, int version) {
    return of(weights(model.versions().get(version - 1).manifest()));
  }

  /** Downloads of all versions. */
  public long of(ModelState model) {
    return model.versions().stream()
        .flatMap(version -> version.manifest().files().stream())
        .filter(DownloadCounts::isWeights)
        .map(FileEntry::sha256)
        .distinct()
        .mapToLong(sha256 -> counts.getOrDefault(sha256, 0L))
        .sum();
  }

  private static boolean isWeights(FileEntry entry) {
    return entry.path().equals("model.safetensors")
        || entry.path().equals("open_clip_model.safetensors");
  }

  private synchronized void keep() {
    if (changed) {
      changed = false;
      try {
        file.write(new Stored(new TreeMap<>(counts)));
      } catch (IOException e) {
        changed = true;
        log.warn("download counts cannot be kept: {}", e.toString());
      }
    }
  }

  @Override
  public void close() {
    keeper.shutdownNow();
    keep();
  }
}
