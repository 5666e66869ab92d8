package org.everclip.reinforce.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.formats.shard.ShardException;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.reinforce.PairReinforcer;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command that reinforces shards without Kafka. */
@Command(
    name = "reinforce-file",
    mixinStandardHelpOptions = true,
    description = {
      "Reinforces WebDataset shards (jpg/png/webp, txt, json) with the stream's own operators and",
      "writes a DataCompDR shard for each, of the same name. A shard appears when it is whole; run",
      "the same line again to go on after a stop. What cannot be reinforced is listed beside its",
      "shard (SHARD.refused.jsonl)."
    })
public final class ReinforceFileMain extends FileCommand {

  private static final String SET_FILE = "everclip.json";
  private static final JsonMapper JSON = new JsonMapper();

  @Option(
      names = "--data",
      paramLabel = "SHARDS",
      required = true,
      description = "Shards: files, globs or 'data/{00000..00031}.tar'; repeatable.")
  private List<String> data = new ArrayList<>();

  @Option(names = "--out", paramLabel = "DIR", required = true, description = "Folder to write to.")
  private Path out = Path.of("");

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "Recipe (default: the setting reinforce.recipe).")
  private @Nullable Path recipe;

  @Option(
      names = "--source-name",
      paramLabel = "NAME",
      description = "Name of the collection, as for 'ingest': pairs get the same ids.")
  private @Nullable String sourceName;

  private long reinforced;
  private long refused;

  public static void main(String[] args) {
    launch(new ReinforceFileMain(), args);
  }

  @Override
  public Integer call() throws Exception {
    if (recipe != null) {
      options.assign("reinforce.recipe=" + recipe.toAbsolutePath());
    }
    EverclipConfig config = options.load();
    Map<String, Path> shards = shards();
    Files.createDirectories(out);
    var rate = new Rate(err());
    int before = 0;
    int done = 0;
    var failed = new ArrayList<String>();
    String version;
    try (PairReinforcer reinforcer = PairReinforcer.open(config)) {
      version = reinforcer.version();
      claim(version);
      int[] at = new int[1];
      var work =
          new ShardWork(
              reinforcer,
              new FilePairs(config, sourceName),
              samples(),
              stop,
              one -> {
                reinforced += one;
                refused += 1 - one;
                rate.show("shard " + at[0] + " of " + shards.size(), reinforced + refused);
              });
      for (Map.Entry<String, Path> shard : shards.entrySet()) {
        at[0]++;
        Path target = out.resolve(shard.getKey());
        if (Files.exists(target)) {
          before++;
          continue;
        }
        try {
          if (!work.run(shard.getValue(), target)) {
            break;
          }
          done++;
        } catch (ShardException damaged) {
          rate.end();
          err().println(damaged.getMessage());
          failed.add(shard.getKey());
        }
      }
    }
    rate.end();
    SetConfig.write(
        out, shards.keySet().stream().map(out::resolve).filter(Files::isRegularFile).toList());
    return summary(version, shards.size(), before, done, failed, rate.seconds());
  }

  private Map<String, Path> shards() throws IOException {
    var shards = new LinkedHashMap<String, Path>();
    for (String pattern : data) {
      for (Path shard : WebDatasetReader.expand(pattern)) {
        Path other = shards.put(SetConfig.name(shard), shard);
        if (other != null && !other.equals(shard)) {
          throw new ConfigException(
              "%s and %s have the same name and would become one file; reinforce them into different folders"
                  .formatted(other, shard));
        }
        if (Files.exists(out) && Files.isSameFile(shard.toAbsolutePath().getParent(), out)) {
          throw new ConfigException("--out must be another folder than that of " + shard);
        }
      }
    }
    return shards;
  }

  /** Shards of one folder are of one recipe and layout. */
  private void claim(String version) throws IOException {
    ObjectNode wanted = JSON.createObjectNode();
    wanted.put("reinforcementVersion", version);
    wanted.put("layout", layout());
    wanted.put("sourceName", sourceName);
    Path file = out.resolve(SET_FILE);
    if (Files.exists(file)) {
      JsonNode found = JSON.readTree(Files.readString(file));
      if (!found.equals(wanted)) {
        throw new ConfigException(
            "%s holds shards of %s, but these would be of %s; name another --out"
                .formatted(out, found, wanted));
      }
      return;
    }
    SetConfig.publish(file, JSON.writeValueAsString(wanted) + "\n");
  }

  private int summary(
      String version, int shards, int before, int done, List<String> failed, double seconds)
      throws IOException {
    boolean whole = before + done == shards;
    if (json) {
      ObjectNode summary = JSON.createObjectNode();
      summary.put("reinforcementVersion", version);
      summary.put("shards", shards);
      summary.put("doneBefore", before);
      summary.put("done", done);
      summary.put("failed", failed.size());
      summary.put("reinforced", reinforced);
      summary.put("refused", refused);
      summary.put("seconds", seconds);
      out().println(JSON.writeValueAsString(summary));
    } else {
      out()
          .printf(
              java.util.Locale.ROOT,
              "reinforcement %s: %d of %d shards (%d before), %d pairs reinforced, %d refused, %.1f"
                  + " pairs/s%n",
              version,
              before + done,
              shards,
              before,
              reinforced,
              refused,
              (reinforced + refused) / seconds);
    }
    out().flush();
    if (!whole && failed.isEmpty()) {
      err().println("stopped; the same line again goes on with the next shard");
    }
    if (!failed.isEmpty()) {
      err().println("damaged shards, nothing written for them: " + failed);
    }
    return whole ? 0 : 1;
  }
}
