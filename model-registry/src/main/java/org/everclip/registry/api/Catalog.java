package org.everclip.registry.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.everclip.contracts.registry.CanonicalJson;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.Manifest;
import org.everclip.registry.versions.Evaluations;
import org.everclip.registry.versions.Evaluations.Score;
import org.everclip.registry.versions.ModelState;
import org.everclip.registry.versions.RegistryView;
import org.jspecify.annotations.Nullable;

/** Finds versions and says how two of them differ. Thread-safe. */
final class Catalog {

  private final RegistryView view;
  private final Evaluations evaluations;
  private final DownloadCounts downloads;
  private final Map<String, Line> lines = new ConcurrentHashMap<>();

  Catalog(RegistryView view, Evaluations evaluations, DownloadCounts downloads) {
    this.view = view;
    this.evaluations = evaluations;
    this.downloads = downloads;
  }

  /** A model in short. */
  Map<String, Object> model(ModelState model) {
    var summary = new TreeMap<String, Object>();
    summary.put("name", model.name());
    summary.put("versions", model.versions().size());
    summary.put("aliases", model.aliases());
    summary.put("downloads", downloads.of(model));
    model.latest().ifPresent(latest -> summary.put("latest", latest));
    return summary;
  }

  /**
   * JSON of a model's versions in short, newest first. What never changes of a version is rendered
   * once, so that long lists are quick.
   */
  String versions(ModelState model, int before, int limit) {
    var names = new TreeMap<Integer, List<String>>();
    model
        .aliases()
        .forEach((alias, v) -> names.computeIfAbsent(v, k -> new ArrayList<>()).add(alias));
    model.latest().ifPresent(v -> names.computeIfAbsent(v, k -> new ArrayList<>()).add("latest"));
    var json = new StringBuilder("{\"versions\":[");
    int top = Math.min(model.versions().size(), before - 1);
    int least = Math.max(1, top - limit + 1);
    for (int version = top; version >= least; version--) {
      ModelState.Published published = model.versions().get(version - 1);
      Line line = lines.computeIfAbsent(published.digest(), digest -> Line.of(published));
      json.append(version == top ? "" : ",").append(line.begin());
      json.append(",\"downloads\":").append(downloads.of(line.weights()));
      json.append(",\"retired\":").append(model.retired().contains(version));
      json.append(",\"aliases\":");
      List<String> aliases = names.get(version);
      json.append(aliases == null ? "[]" : CanonicalJson.text(aliases)).append('}');
    }
    return json.append("]}").toString();
  }

  /** What never changes of a version: the beginning of its JSON object, and its weights. */
  private record Line(String begin, List<String> weights) {
    static Line of(ModelState.Published published) {
      String object = CanonicalJson.text(fixed(published));
      return new Line(
          object.substring(0, object.length() - 1), DownloadCounts.weights(published.manifest()));
    }
  }

  private static Map<String, Object> fixed(ModelState.Published published) {
    Manifest manifest = published.manifest();
    var summary = new TreeMap<String, Object>();
    summary.put("model", manifest.model());
    summary.put("version", manifest.version());
    summary.put("commit", published.digest().substring(0, 40));
    summary.put("created", manifest.created());
    summary.put("parent", manifest.parent());
    summary.put("round", manifest.round());
    summary.put("steps", manifest.steps());
    return summary;
  }

  private Map<String, Object> version(ModelState model, int version, List<String> aliases) {
    Map<String, Object> summary = fixed(model.versions().get(version - 1));
    summary.put("aliases", aliases);
    summary.put("retired", model.retired().contains(version));
    summary.put("downloads", downloads.of(model, version));
    return summary;
  }

  /**
   * Versions whose names, licences, reinforcement or details contain every word, newest first.
   *
   * @param only a model, or null for all
   */
  List<Map<String, Object>> search(String words, @Nullable String only, int limit) {
    List<String> wanted =
        java.util.Arrays.stream(words.toLowerCase(Locale.ROOT).split("\\s+"))
            .filter(word -> !word.isEmpty())
            .toList();
    var found = new ArrayList<Map<String, Object>>();
    for (ModelState model : view.models()) {
      if (only != null && !model.name().equals(only)) {
        continue;
      }
      for (int version = model.versions().size(); version >= 1; version--) {
        if (found.size() == limit) {
          return found;
        }
        String text = text(model, version);
        if (wanted.stream().allMatch(text::contains)) {
          found.add(version(model, version, aliases(model, version)));
        }
      }
    }
    return found;
  }

  private static List<String> aliases(ModelState model, int version) {
    return model.aliases().entrySet().stream()
        .filter(alias -> alias.getValue() == version)
        .map(Map.Entry::getKey)
        .toList();
  }

  private static String text(ModelState model, int version) {
    Manifest manifest = model.versions().get(version - 1).manifest();
    return String.join(
            "\n",
            model.name(),
            manifest.label(),
            String.join("\n", aliases(model, version)),
            manifest.reinforcementVersion(),
            String.join("\n", manifest.licences()),
            manifest.details().toString())
        .toLowerCase(Locale.ROOT);
  }

  /** What changed from one version to another. */
  Map<String, Object> compare(ModelState model, int from, int to) {
    Manifest a = model.versions().get(from - 1).manifest();
    Manifest b = model.versions().get(to - 1).manifest();
    var answer = new TreeMap<String, Object>();
    answer.put("from", from);
    answer.put("to", to);
    answer.put("commonAncestor", ancestor(model, from, to));
    answer.put("steps", b.steps() - a.steps());
    answer.put("files", files(a, b));
    answer.put("details", details(a, b));
    answer.put(
        "licencesAdded", b.licences().stream().filter(l -> !a.licences().contains(l)).toList());
    answer.put(
        "licencesRemoved", a.licences().stream().filter(l -> !b.licences().contains(l)).toList());
    answer.put("tasks", tasks(model.name(), from, to));
    return answer;
  }

  private static @Nullable Integer ancestor(ModelState model, int from, int to) {
    var line = new HashSet<Integer>();
    for (Integer v = from; v != null; v = parent(model, v)) {
      line.add(v);
    }
    for (Integer v = to; v != null; v = parent(model, v)) {
      if (line.contains(v)) {
        return v;
      }
    }
    return null;
  }

  private static @Nullable Integer parent(ModelState model, int version) {
    return model.versions().get(version - 1).manifest().parent();
  }

  private static List<Map<String, Object>> files(Manifest a, Manifest b) {
    var paths = new TreeSet<String>();
    a.files().forEach(file -> paths.add(file.path()));
    b.files().forEach(file -> paths.add(file.path()));
    var list = new ArrayList<Map<String, Object>>();
    for (String path : paths) {
      FileEntry before = a.file(path).orElse(null);
      FileEntry after = b.file(path).orElse(null);
      var entry = new LinkedHashMap<String, Object>();
      entry.put("path", path);
      entry.put("from", before == null ? null : before.sha256());
      entry.put("to", after == null ? null : after.sha256());
      list.add(entry);
    }
    return list;
  }

  private static Map<String, Object> details(Manifest a, Manifest b) {
    var names = new TreeSet<>(a.details().keySet());
    names.addAll(b.details().keySet());
    var changed = new TreeMap<String, Object>();
    for (String name : names) {
      Object before = a.details().get(name);
      Object after = b.details().get(name);
      if (!Objects.equals(before, after)) {
        var both = new TreeMap<String, Object>();
        both.put("from", before);
        both.put("to", after);
        changed.put(name, both);
      }
    }
    return changed;
  }

  /** Only results of the same suite are compared. */
  private Map<String, Object> tasks(String model, int from, int to) {
    Map<String, Score> before = evaluations.scores(model, from);
    var tasks = new TreeMap<String, Object>();
    evaluations
        .scores(model, to)
        .forEach(
            (task, after) -> {
              Score first = before.get(task);
              if (first != null && first.suite().equals(after.suite())) {
                tasks.put(
                    task,
                    Map.of(
                        "from", first.value(),
                        "to", after.value(),
                        "change", after.value() - first.value(),
                        "metric", after.metric()));
              }
            });
    return tasks;
  }
}
