package org.everclip.registry.versions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.store.JsonFile;

/**
 * Removes blobs that nothing refers to, in two phases: one run marks them, a later one removes
 * those that were marked long enough ago, are still unreferenced, and were not asked for since. And
 * checks that everything that is referred to is whole. Runs one at a time.
 */
public final class Upkeep {

  private final RegistryView view;
  private final Evaluations evaluations;
  private final BlobStore blobs;
  private final Publisher publisher;
  private final JsonFile marks;
  private final Clock clock;

  public Upkeep(
      RegistryView view,
      Evaluations evaluations,
      BlobStore blobs,
      Publisher publisher,
      JsonFile marks,
      Clock clock) {
    this.view = view;
    this.evaluations = evaluations;
    this.blobs = blobs;
    this.publisher = publisher;
    this.marks = marks;
    this.clock = clock;
  }

  private record Marks(Map<String, Instant> unreferenced) {}

  /** What a collection did, or would do. */
  public record Collected(int referenced, int marked, int removed, long bytes, boolean dryRun) {}

  /** What a check found; empty when all is well. */
  public record Checked(
      int versions, int blobs, long bytes, int unreferenced, List<String> found) {}

  /**
   * Marks, and removes what was marked at least that long ago.
   *
   * @param apply false: only says what would be done
   */
  public synchronized Collected collect(Duration grace, boolean apply) throws IOException {
    if (!evaluations.isComplete()) {
      throw new RequestRefused(
          503, "evaluation results, which refer to blobs, are not read yet; try again");
    }
    Instant now = clock.instant();
    Map<String, Instant> before = marks.read(Marks.class).map(Marks::unreferenced).orElse(Map.of());
    Set<String> referenced = references();
    var marked = new TreeMap<String, Instant>();
    int removed = 0;
    long bytes = 0;
    for (String blob : blobs.list()) {
      if (referenced.contains(blob)) {
        continue;
      }
      Instant since = before.getOrDefault(blob, now);
      if (before.containsKey(blob) && blobs.touched(blob).isAfter(since)) {
        since = now;
      }
      if (before.containsKey(blob) && !since.plus(grace).isAfter(now)) {
        long size = apply ? remove(blob) : size(blob);
        removed += size >= 0 ? 1 : 0;
        bytes += Math.max(0, size);
      } else {
        marked.put(blob, since);
      }
    }
    if (apply) {
      marks.write(new Marks(marked));
    }
    return new Collected(referenced.size(), marked.size(), removed, bytes, !apply);
  }

  /** Removes one, unless it is referred to by now; -1 when it stays. */
  private long remove(String blob) throws IOException {
    try {
      return publisher.betweenPublications(
          () -> references().contains(blob) ? -1L : blobs.remove(blob));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private long size(String blob) throws IOException {
    Optional<Path> file = blobs.find(blob);
    return file.isPresent() ? Files.size(file.get()) : -1;
  }

  private Set<String> references() {
    var referenced = new HashSet<String>();
    for (ModelState model : view.models()) {
      for (int version = 1; version <= model.versions().size(); version++) {
        if (!model.retired().contains(version)) {
          model.versions().get(version - 1).manifest().files().stream()
              .map(FileEntry::sha256)
              .forEach(referenced::add);
          referenced.addAll(evaluations.predictions(model.name(), version));
        }
      }
    }
    return referenced;
  }

  /** Reads every byte that a live version refers to. */
  public synchronized Checked check() throws IOException {
    var found = new ArrayList<String>();
    var seen = new HashSet<String>();
    int versions = 0;
    long bytes = 0;
    for (ModelState model : view.models()) {
      String previous = "";
      for (ModelState.Published published : model.versions()) {
        String name = model.name() + " " + published.manifest().label();
        if (!published.signed().isAuthentic()) {
          found.add(name + ": the signature does not fit");
        }
        if (!published.manifest().previousDigest().equals(previous)) {
          found.add(name + ": does not follow the version before it");
        }
        previous = published.digest();
        if (model.retired().contains(published.manifest().version())) {
          continue;
        }
        versions++;
        for (FileEntry file : published.manifest().files()) {
          if (seen.add(file.sha256())) {
            bytes += check(name, file, found);
          }
        }
      }
    }
    int unreferenced = 0;
    Set<String> referenced = references();
    for (String blob : blobs.list()) {
      unreferenced += referenced.contains(blob) ? 0 : 1;
    }
    return new Checked(versions, seen.size(), bytes, unreferenced, found);
  }

  private long check(String name, FileEntry file, List<String> found) throws IOException {
    Optional<Path> blob = blobs.find(file.sha256());
    if (blob.isEmpty()) {
      found.add(name + " " + file.path() + ": the blob is missing");
      return 0;
    }
    if (!Sha256.hex(blob.get()).equals(file.sha256())) {
      found.add(name + " " + file.path() + ": the blob has other bytes");
    }
    return Files.size(blob.get());
  }
}
