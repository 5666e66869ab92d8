package org.everclip.dashboard.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.everclip.contracts.avro.EvaluationResult;
import org.everclip.contracts.registry.RegistryClient;
import org.jspecify.annotations.Nullable;

/**
 * Samples of one task on which two versions differ, read from the verdicts that the evaluator
 * stored for each sample. Keeps the verdicts of the tasks asked for last. Thread-safe.
 */
final class FlipsView {

  private static final int REMEMBERED = 8;
  private static final long MOST_BYTES = 64L << 20;

  /**
   * One sample.
   *
   * @param key of the data set's sample, without what says which of its parts was judged
   * @param part {@code image}, {@code caption}, or empty
   * @param label class that is right, where that is known
   * @param before what the first version answered, where that is known
   * @param after what the second version answered
   */
  record Flip(
      String key,
      String part,
      @Nullable String label,
      @Nullable String before,
      @Nullable String after) {}

  /**
   * @param negative right before, wrong after
   * @param positive the other way round
   */
  record Flips(
      String task,
      int shared,
      int negativeCount,
      int positiveCount,
      List<Flip> negative,
      List<Flip> positive) {}

  private record Verdict(String key, boolean right, int label, int answer) {}

  private final ResultIndex index;
  private final RegistryClient registry;
  private final EvaluationData data;
  private final JsonMapper json = JsonMapper.builder().build();
  private final Map<String, Map<String, Verdict>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Map<String, Verdict>> eldest) {
          return size() > REMEMBERED;
        }
      };

  FlipsView(ResultIndex index, RegistryClient registry, EvaluationData data) {
    this.index = index;
    this.registry = registry;
    this.data = data;
  }

  /**
   * Empty when one of the versions has no verdicts for the task, or they were measured on different
   * data.
   *
   * @param limit examples of each kind
   * @throws org.everclip.contracts.registry.RegistryException when the registry does not answer
   */
  Optional<Flips> of(String name, String task, int first, int second, int limit) {
    ResultIndex.Task results = index.find(name, task);
    EvaluationResult one = results == null ? null : results.byVersion().get(first);
    EvaluationResult other = results == null ? null : results.byVersion().get(second);
    if (one == null
        || other == null
        || one.getPredictionsSha256() == null
        || other.getPredictionsSha256() == null
        || !one.getSuite().equals(other.getSuite())) {
      return Optional.empty();
    }
    Map<String, Verdict> before = verdicts(one.getPredictionsSha256());
    Map<String, Verdict> after = verdicts(other.getPredictionsSha256());
    List<String> names = data.classNames(task);
    var negative = new ArrayList<Flip>();
    var positive = new ArrayList<Flip>();
    int shared = 0;
    int worse = 0;
    int better = 0;
    for (Verdict now : after.values()) {
      Verdict was = before.get(now.key());
      if (was == null) {
        continue;
      }
      shared++;
      if (was.right() && !now.right()) {
        worse++;
        add(negative, flip(was, now, names), limit);
      } else if (!was.right() && now.right()) {
        better++;
        add(positive, flip(was, now, names), limit);
      }
    }
    return Optional.of(new Flips(task, shared, worse, better, negative, positive));
  }

  private static void add(List<Flip> flips, Flip flip, int limit) {
    if (flips.size() < limit) {
      flips.add(flip);
    }
  }

  private static Flip flip(Verdict was, Verdict now, List<String> names) {
    String key = now.key();
    String part = "";
    if (key.startsWith("image ")) {
      part = "image";
      key = key.substring(part.length() + 1);
    } else if (key.matches("caption \\d+ of .*")) {
      part = "caption";
      key = key.substring(key.indexOf(" of ") + 4);
    }
    boolean retrieval = !part.isEmpty();
    return new Flip(
        key,
        part,
        retrieval ? null : name(names, now.label()),
        retrieval ? rank(was.answer()) : name(names, was.answer()),
        retrieval ? rank(now.answer()) : name(names, now.answer()));
  }

  private static @Nullable String name(List<String> names, int at) {
    return at < 0 ? null : at < names.size() ? names.get(at) : "class " + at;
  }

  private static @Nullable String rank(int rank) {
    return rank < 0 ? null : "rank " + (rank + 1);
  }

  private Map<String, Verdict> verdicts(String sha256) {
    synchronized (known) {
      Map<String, Verdict> found = known.get(sha256);
      if (found != null) {
        return found;
      }
    }
    Map<String, Verdict> read = read(registry.getBlob(sha256), sha256);
    synchronized (known) {
      known.put(sha256, read);
    }
    return read;
  }

  private Map<String, Verdict> read(byte[] blob, String sha256) {
    try (var in = new GZIPInputStream(new ByteArrayInputStream(blob))) {
      byte[] bytes = in.readNBytes((int) MOST_BYTES);
      var verdicts = new LinkedHashMap<String, Verdict>();
      for (JsonNode node : json.readTree(bytes)) {
        var verdict =
            new Verdict(
                Objects.requireNonNull(node.path("key").asText()),
                node.path("right").asBoolean(),
                node.path("label").asInt(-1),
                node.path("answer").asInt(-1));
        verdicts.put(verdict.key(), verdict);
      }
      return verdicts;
    } catch (IOException e) {
      throw new IllegalArgumentException("the verdicts " + sha256 + " cannot be read", e);
    }
  }
}
