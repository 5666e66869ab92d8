package org.everclip.registry.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.registry.store.BlobStore;
import org.everclip.registry.versions.Evaluations;
import org.everclip.registry.versions.ModelState;
import org.everclip.registry.versions.RegistryView;

/** Versions in the Hub's terms: repositories, revisions, trees. Thread-safe. */
final class HubRepository {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final RegistryView view;
  private final BlobStore blobs;
  private final String organization;
  private final ToLongFunction<ModelState> downloads;
  private final Evaluations evaluations;
  private final Map<String, String> oids = new ConcurrentHashMap<>();

  HubRepository(
      RegistryView view,
      BlobStore blobs,
      String organization,
      ToLongFunction<ModelState> downloads,
      Evaluations evaluations) {
    this.downloads = downloads;
    this.evaluations = evaluations;
    this.view = view;
    this.blobs = blobs;
    this.organization = organization;
  }

  /** A revision with the model's state at the same moment. */
  record Revision(ModelState model, int version) {
    Manifest manifest() {
      return model.versions().get(version - 1).manifest();
    }

    String commit() {
      return model.versions().get(version - 1).signed().commit();
    }
  }

  /** Finds {@code main}, {@code HEAD}, {@code latest}, {@code v12}, an alias or a commit. */
  Revision revision(String org, String name, String ref) {
    ModelState model =
        view.model(name)
            .filter(found -> org.equals(organization))
            .orElseThrow(HubRefused::noRepository);
    return new Revision(
        model,
        model.resolve(ref.equals("HEAD") ? "main" : ref).orElseThrow(HubRefused::noRevision));
  }

  /** One file of a revision. */
  HubFile file(Revision revision, String path) {
    return revision
        .manifest()
        .file(path)
        .map(this::describe)
        .orElseThrow(() -> HubRefused.noEntry(revision.commit()));
  }

  /** The bytes of a file; those of a retired version may have been removed. */
  Path bytes(Revision revision, HubFile file) {
    boolean gone = revision.model().retired().contains(revision.version());
    return blobs
        .find(file.file().sha256())
        .or(
            () -> {
              if (gone) {
                throw HubRefused.noEntry(revision.commit());
              }
              return java.util.Optional.empty();
            })
        .orElseThrow(() -> lost(file.file()));
  }

  private static UncheckedIOException lost(FileEntry file) {
    return new UncheckedIOException(new IOException("blob lost: " + file));
  }

  private Path blob(FileEntry file) {
    return blobs.find(file.sha256()).orElseThrow(() -> lost(file));
  }

  /** The model's description at a revision. */
  Map<String, Object> info(Revision revision, boolean withBlobs) {
    Manifest manifest = revision.manifest();
    String id = organization + "/" + manifest.model();
    var info = new LinkedHashMap<String, Object>();
    info.put("_id", revision.commit().substring(0, 24));
    info.put("id", id);
    info.put("modelId", id);
    info.put("author", organization);
    info.put("sha", revision.commit());
    info.put("lastModified", TIME.format(manifest.created()));
    info.put("createdAt", TIME.format(created(revision)));
    info.put("private", false);
    info.put("gated", false);
    info.put("disabled", false);
    info.put("downloads", downloads.applyAsLong(revision.model()));
    info.put("likes", 0);
    info.put("tags", List.of("clip", "everclip", manifest.label()));
    info.put("pipeline_tag", "zero-shot-image-classification");
    info.put("library_name", "everclip");
    info.put("cardData", card(revision));
    ModelIndex.of(id, evaluations.scores(manifest.model(), revision.version()))
        .ifPresent(index -> info.put("model-index", index));
    info.put(
        "siblings",
        manifest.files().stream().map(file -> describe(file).sibling(withBlobs)).toList());
    return info;
  }

  private Map<String, Object> card(Revision revision) {
    String model = revision.manifest().model();
    var card = new LinkedHashMap<String, Object>();
    card.put("library_name", "everclip");
    card.put("license", "other");
    card.put("pipeline_tag", "zero-shot-image-classification");
    card.put("tags", List.of("clip", "everclip"));
    ModelIndex.of(model, evaluations.scores(model, revision.version()))
        .ifPresent(
            index -> {
              card.put("model_name", model);
              card.put("model-index", index);
            });
    return card;
  }

  /** Files and folders below a folder; the empty string is the root. */
  List<Map<String, Object>> tree(Revision revision, String folder, boolean recursive) {
    String prefix = folder.isEmpty() ? "" : folder + "/";
    var folders = new TreeSet<String>();
    var entries = new ArrayList<Map<String, Object>>();
    for (FileEntry file : revision.manifest().files()) {
      if (!file.path().startsWith(prefix)) {
        continue;
      }
      int slash = file.path().indexOf('/', prefix.length());
      if (slash < 0 || recursive) {
        entries.add(describe(file).treeEntry());
      }
      while (slash >= 0) {
        folders.add(file.path().substring(0, slash));
        slash = recursive ? file.path().indexOf('/', slash + 1) : -1;
      }
    }
    if (entries.isEmpty() && folders.isEmpty()) {
      throw HubRefused.noEntry(revision.commit());
    }
    var tree = new ArrayList<Map<String, Object>>();
    folders.forEach(path -> tree.add(folder(revision, path)));
    tree.addAll(entries);
    return tree;
  }

  /** The entries of those paths that exist. */
  List<Map<String, Object>> paths(Revision revision, List<String> paths, boolean expand) {
    var entries = new ArrayList<Map<String, Object>>();
    for (String path : paths) {
      var file = revision.manifest().file(path);
      if (file.isPresent()) {
        entries.add(expanded(revision, describe(file.get()).treeEntry(), expand));
      } else if (revision.manifest().files().stream()
          .anyMatch(other -> other.path().startsWith(path + "/"))) {
        entries.add(expanded(revision, folder(revision, path), expand));
      }
    }
    return entries;
  }

  /** Adds the last commit, as JavaScript clients want it. */
  Map<String, Object> expanded(Revision revision, Map<String, Object> entry, boolean expand) {
    if (expand) {
      entry.put(
          "lastCommit",
          Map.of(
              "id", revision.commit(),
              "title", "publish " + revision.manifest().label(),
              "date", TIME.format(revision.manifest().created())));
    }
    return entry;
  }

  private static Instant created(Revision revision) {
    return revision.model().versions().get(0).manifest().created();
  }

  private static Map<String, Object> folder(Revision revision, String path) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("type", "directory");
    entry.put("oid", HubFile.gitOid("tree", (revision.commit() + "/" + path).getBytes(UTF_8)));
    entry.put("size", 0);
    entry.put("path", path);
    return entry;
  }

  private HubFile describe(FileEntry file) {
    return new HubFile(
        file,
        oids.computeIfAbsent(
            (HubFile.isLarge(file) ? "lfs" : "") + file.sha256(), key -> oid(file)));
  }

  private String oid(FileEntry file) {
    if (HubFile.isLarge(file)) {
      return HubFile.gitOid("blob", HubFile.pointer(file));
    }
    try {
      return HubFile.gitOid("blob", Files.readAllBytes(blob(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
