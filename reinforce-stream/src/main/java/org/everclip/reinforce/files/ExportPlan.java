package org.everclip.reinforce.files;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.everclip.contracts.Sha256;
import org.everclip.service.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * What an export was asked for, and what it found when it began; it lies in the folder, so that a
 * restart makes the same shards.
 *
 * @param ends where the committed records ended, by partition
 * @param version the reinforcementVersion
 * @param selected digest of the records' positions; empty until they are known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ExportPlan(
    Request request, Map<Integer, Long> ends, String version, long pairs, String selected) {

  private static final String FILE = "export.json";
  private static final JsonMapper JSON = new JsonMapper();

  ExportPlan {
    ends = java.util.Collections.unmodifiableMap(new TreeMap<>(ends));
  }

  /** The options of the command. */
  record Request(
      @Nullable String from,
      @Nullable String to,
      @Nullable String version,
      String split,
      int shardPairs,
      String layout) {}

  /**
   * The plan in a folder.
   *
   * @throws ConfigException when it was made for other options
   */
  static Optional<ExportPlan> read(Path folder, Request request) throws IOException {
    Path file = folder.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    ExportPlan plan = JSON.readValue(Files.readString(file), ExportPlan.class);
    if (!plan.request().equals(request)) {
      throw new ConfigException(
          "%s holds the export %s, but this would be %s; name another --out"
              .formatted(folder, plan.request(), request));
    }
    return Optional.of(plan);
  }

  void write(Path folder) throws IOException {
    SetConfig.publish(folder.resolve(FILE), JSON.writeValueAsString(this) + "\n");
  }

  /** A digest of positions. */
  static String digest(Map<Integer, ? extends java.util.Collection<Long>> offsets) {
    var text = new StringBuilder();
    offsets.forEach(
        (partition, ofPartition) -> {
          text.append('p').append(partition).append('\n');
          ofPartition.stream().sorted().forEach(offset -> text.append(offset).append('\n'));
        });
    return Sha256.hex(text.toString());
  }
}
