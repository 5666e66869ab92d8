package org.everclip.reinforce.files;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.everclip.contracts.Clients;
import org.everclip.contracts.RecordCodec;
import org.everclip.contracts.Topics;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.Split;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command that writes the stream as a DataCompDR set. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes the committed pairs of the stream as DataCompDR shards: of each pair the newest",
      "revision, none that was deleted. A shard appears when it is whole; the same line again goes",
      "on with the same selection after a stop."
    })
public final class ExportMain extends FileCommand {

  private static final JsonMapper JSON = new JsonMapper();

  /** Which pairs. */
  enum Which {
    TRAIN,
    HOLDOUT,
    ALL
  }

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder to write to.")
  private Path out = Path.of("");

  @Option(
      names = "--from",
      paramLabel = "T",
      description = "Only pairs that arrived from then on, such as 2026-01-31T00:00:00Z.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "T",
      description = "Only what had arrived before; deletions count whenever they came.")
  private @Nullable String to;

  @Option(
      names = "--reinforcement",
      paramLabel = "VERSION",
      description = "The reinforcementVersion (default: that of most pairs).")
  private @Nullable String version;

  @Option(
      names = "--split",
      paramLabel = "train|holdout|all",
      defaultValue = "train",
      description = "Held-out pairs must not be trained on; default: ${DEFAULT-VALUE}.")
  private Which split = Which.TRAIN;

  @Option(
      names = "--shard-pairs",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Pairs of a shard; default: ${DEFAULT-VALUE}.")
  private int shardPairs = 1000;

  public static void main(String[] args) {
    launch(new ExportMain(), args);
  }

  @Override
  public Integer call() throws Exception {
    if (shardPairs < 1) {
      throw new ConfigException("--shard-pairs must be at least 1");
    }
    Instant first = time("--from", from);
    Instant last = time("--to", to);
    EverclipConfig config = options.load();
    Files.createDirectories(out);
    var request = new ExportPlan.Request(from, to, version, split.name(), shardPairs, layout());
    Optional<ExportPlan> begun = ExportPlan.read(out, request);
    RecordCodec<ReinforcedPair> codec =
        RecordCodec.of(Topics.REINFORCED, Clients.schemaRegistry(config));
    var rate = new Rate(err());
    try (var reader = new StreamReader(config, stop)) {
      Map<Integer, Long> ends = begun.isPresent() ? begun.get().ends() : reader.ends();
      var selection = new StreamSelection(codec, first, last);
      long[] looked = new long[1];
      if (!reader.read(
          ends,
          entry -> {
            selection.take(entry);
            rate.show("looking", ++looked[0]);
            return true;
          })) {
        return stopped();
      }
      String chosen = begun.isPresent() ? begun.get().version() : choose(selection.versions());
      Map<Integer, Set<Long>> offsets =
          selection.offsets(
              chosen,
              split == Which.ALL ? null : split == Which.TRAIN ? Split.TRAIN : Split.HOLDOUT);
      long pairs = offsets.values().stream().mapToLong(Collection::size).sum();
      var plan = new ExportPlan(request, ends, chosen, pairs, ExportPlan.digest(offsets));
      if (begun.isPresent() && !begun.get().equals(plan)) {
        err()
            .println(
                "the stream no longer holds what this export began with (retention); name another"
                    + " --out");
        return 1;
      }
      plan.write(out);
      var shards = new ExportShards(out, shardPairs, pairs, samples(), codec, offsets, rate);
      try (shards) {
        if (!reader.read(ends, shards::take)) {
          shards.abandon();
          return stopped();
        }
      }
      rate.end();
      SetConfig.write(out, names(pairs));
      return summary(chosen, pairs, selection.unreadable(), rate.seconds());
    }
  }

  private static @Nullable Instant time(String option, @Nullable String text) {
    try {
      return text == null ? null : Instant.parse(text);
    } catch (DateTimeException e) {
      throw new ConfigException(
          "%s must be a time like 2026-01-31T00:00:00Z, but is '%s'".formatted(option, text), e);
    }
  }

  private String choose(Map<String, Long> versions) {
    if (version != null) {
      return version;
    }
    String chosen =
        versions.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse("");
    if (versions.size() > 1) {
      err()
          .println(
              "the stream holds the reinforcements %s; exporting %s (--reinforcement names another)"
                  .formatted(versions, chosen));
    }
    return chosen;
  }

  private java.util.List<Path> names(long pairs) {
    return IntStream.range(0, (int) ((pairs + shardPairs - 1) / shardPairs))
        .mapToObj(number -> out.resolve(ExportShards.name(number)))
        .toList();
  }

  private int stopped() {
    err().println("stopped; the same line again goes on with the same selection");
    return 1;
  }

  private int summary(String chosen, long pairs, long unreadable, double seconds)
      throws IOException {
    int shards = names(pairs).size();
    if (json) {
      ObjectNode summary = JSON.createObjectNode();
      summary.put("reinforcementVersion", chosen);
      summary.put("pairs", pairs);
      summary.put("shards", shards);
      summary.put("unreadable", unreadable);
      summary.put("seconds", seconds);
      out().println(JSON.writeValueAsString(summary));
    } else {
      out()
          .printf(
              java.util.Locale.ROOT,
              "reinforcement %s: %d pairs in %d shards, %.1f pairs/s%n",
              chosen,
              pairs,
              shards,
              pairs / seconds);
    }
    out().flush();
    if (unreadable > 0) {
      err()
          .println(unreadable + " records of pairs.reinforced cannot be read and are not exported");
    }
    return unreadable > 0 ? 1 : 0;
  }
}
