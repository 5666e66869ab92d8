package org.everclip.dashboard.view;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.dashboard.feed.StoredPairs;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pictures and class names of the evaluation sets, where their folder is on this machine; held-out
 * pairs come from the stream. Keeps 32 MiB of pictures. Thread-safe, one scan at a time.
 */
final class EvaluationData {

  private static final Logger log = LoggerFactory.getLogger(EvaluationData.class);
  private static final long CACHE_BYTES = 32L << 20;
  private static final long LONGEST_SCAN_NANOS = 5_000_000_000L;
  private static final String LOCAL = "local/";
  private static final String HOLDOUT = "holdout/";

  private final Path local;
  private final @Nullable Path datacomp;
  private final StoredPairs pairs;
  private final Map<String, byte[]> cache = new LinkedHashMap<>(64, 0.75f, true);
  private long cached;

  EvaluationData(EverclipConfig config, StoredPairs pairs) {
    this.local = config.inProgram(config.evaluation().data());
    String root = config.evaluation().datacomp();
    this.datacomp = root.isBlank() ? null : Path.of(root);
    this.pairs = pairs;
  }

  /** A task's classes by index; empty when it has none or its folder is not here. */
  List<String> classNames(String task) {
    Path folder = folder(task);
    try {
      Path file = folder == null ? null : folder.resolve("classnames.txt");
      return file != null && Files.exists(file) ? Files.readAllLines(file, UTF_8) : List.of();
    } catch (IOException e) {
      log.debug("no class names for {}", task, e);
      return List.of();
    }
  }

  /** Whether pictures of this task can be shown at all. */
  boolean has(String task) {
    return task.startsWith(HOLDOUT) || folder(task) != null;
  }

  /** Reads the pictures of these samples ahead, in one pass over the set. */
  synchronized void prepare(String task, Set<String> keys) {
    Path folder = folder(task);
    var wanted = new HashSet<>(keys);
    wanted.removeIf(key -> cache.containsKey(task + "\n" + key));
    if (folder == null || wanted.isEmpty()) {
      return;
    }
    long deadline = System.nanoTime() + LONGEST_SCAN_NANOS;
    try (Stream<Path> files = Files.list(folder.resolve("test"))) {
      for (Path shard : files.filter(file -> file.toString().endsWith(".tar")).sorted().toList()) {
        scan(shard, task, wanted, deadline);
      }
    } catch (IOException e) {
      log.debug("no pictures of {}", task, e);
    }
  }

  private void scan(Path shard, String task, Set<String> wanted, long deadline) throws IOException {
    try (var reader = new WebDatasetReader(shard)) {
      while (!wanted.isEmpty() && System.nanoTime() < deadline && reader.hasNext()) {
        ShardSample sample = reader.next();
        if (wanted.remove(sample.key())) {
          sample.image().ifPresent(bytes -> keep(task + "\n" + sample.key(), bytes));
        }
      }
    }
  }

  private void keep(String key, byte[] bytes) {
    byte[] before = cache.put(key, bytes);
    cached += bytes.length - (before == null ? 0 : before.length);
    var oldest = cache.entrySet().iterator();
    while (cached > CACHE_BYTES && oldest.hasNext()) {
      cached -= oldest.next().getValue().length;
      oldest.remove();
    }
  }

  /** A sample's picture as it is stored. */
  Optional<Pictures.Picture> picture(String task, String key) {
    if (task.startsWith(HOLDOUT)) {
      return pairs.find(key).map(pair -> Pictures.stored(pair.getPair().getImage()));
    }
    prepare(task, Set.of(key));
    synchronized (this) {
      return Optional.ofNullable(cache.get(task + "\n" + key)).map(Pictures::of);
    }
  }

  /** Only folders directly below the configured ones; null when it is not there. */
  private @Nullable Path folder(String task) {
    Path root = task.startsWith(LOCAL) ? local : datacomp;
    String name =
        task.startsWith(LOCAL)
            ? task.substring(LOCAL.length())
            : "wds_" + task.replace('/', '-') + "_test";
    if (root == null || !name.matches("[A-Za-z0-9_][A-Za-z0-9_.-]*")) {
      return null;
    }
    Path folder = root.resolve(name);
    return Files.isDirectory(folder.resolve("test")) ? folder : null;
  }
}
