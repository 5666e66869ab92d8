package org.everclip.trainer.offline;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a job that trains elsewhere was given, kept beside it as {@code job.json}: the lineage of
 * what comes back.
 *
 * @param parent the version that it begins with; 0 if it is none
 * @param model the name of that version's model, or empty
 * @param dataCursor how far the stream had been read
 * @param shards SHA-256 by name
 */
public record ExportedJob(
    int layout,
    String model,
    int parent,
    String architecture,
    String reinforcementVersion,
    List<String> teachers,
    List<Integer> teacherDims,
    SortedMap<String, Long> dataCursor,
    List<String> licences,
    int pairs,
    SortedMap<String, String> shards,
    int steps,
    int batch,
    Map<String, Object> hyperParameters) {

  /** The layout that this program writes and reads. */
  static final int LAYOUT = 1;

  /** The file's name in the job's folder. */
  public static final String FILE = "job.json";

  /** The folder of the model that the job begins with, in our own layout. */
  public static final String BEGIN = "begin";

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  public ExportedJob {
    if (layout != LAYOUT) {
      throw new IllegalArgumentException(
          "the job has layout " + layout + ", but this program reads layout " + LAYOUT);
    }
  }

  /** Reads a job's folder. */
  public static ExportedJob read(Path folder) throws IOException {
    return JSON.readValue(folder.resolve(FILE).toFile(), ExportedJob.class);
  }

  void write(Path folder) throws IOException {
    JSON.writerWithDefaultPrettyPrinter().writeValue(folder.resolve(FILE).toFile(), this);
  }
}
