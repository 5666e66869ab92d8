package org.everclip.ingest.produce;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What became of the offers of a run. For one thread. */
public final class Tally {

  private static final int MAX_EXAMPLES = 20;

  private long sent;
  private long before;
  private final Map<String, Long> skipped = new TreeMap<>();
  private final List<String> examples = new ArrayList<>();

  void sent() {
    sent++;
  }

  void before(long count) {
    before += count;
  }

  /** Counts under a reason; the first few details are kept. */
  public void skipped(String reason, String detail) {
    skipped.merge(reason, 1L, Long::sum);
    if (examples.size() < MAX_EXAMPLES) {
      examples.add(reason + ": " + detail);
    }
  }

  /** Counts a pair that a dry run would have sent and the gate would have let in. */
  public void wouldEnter() {
    sent++;
  }

  public long count() {
    return sent;
  }

  public long total() {
    return sent + before + skipped.values().stream().mapToLong(Long::longValue).sum();
  }

  /** All but what an earlier run has sent. */
  long fresh() {
    return total() - before;
  }

  public boolean damaged() {
    return skipped.containsKey(PairSender.DAMAGED);
  }

  /** Examples of what was passed over. */
  public List<String> examples() {
    return List.copyOf(examples);
  }

  /** One line for people. */
  public String text(String verb, double seconds) {
    var text = new StringBuilder(verb + " " + sent);
    if (before > 0) {
      text.append(", sent before ").append(before);
    }
    skipped.forEach((reason, count) -> text.append(", ").append(reason).append(' ').append(count));
    return text.append(String.format(java.util.Locale.ROOT, " in %.1f s", seconds)).toString();
  }

  /** The same for programs. */
  public ObjectNode json(String verb, double seconds) {
    ObjectNode node = new JsonMapper().createObjectNode();
    node.put(verb, sent).put("sentBefore", before).put("seconds", seconds);
    ObjectNode reasons = node.putObject("skipped");
    skipped.forEach(reasons::put);
    return node;
  }
}
