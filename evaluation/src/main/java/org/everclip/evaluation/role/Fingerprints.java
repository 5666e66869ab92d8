package org.everclip.evaluation.role;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Task;
import org.everclip.formats.AtomicFile;

/**
 * Fingerprints of data sets, kept in a file: the bytes of a folder are read again only when a
 * file's size or time has changed. Used by one thread.
 */
final class Fingerprints {

  private final Path file;
  private final JsonMapper json = JsonMapper.builder().build();
  private final Map<String, String> known;

  Fingerprints(Path file) throws IOException {
    this.file = file;
    this.known =
        Files.exists(file)
            ? json.readValue(file.toFile(), new TypeReference<TreeMap<String, String>>() {})
            : new TreeMap<>();
  }

  /** The fingerprint of a task's data. */
  String of(Task task, SampleSource source) throws IOException {
    Path folder = task.folder();
    if (folder == null) {
      return source.fingerprint();
    }
    String state = task.key() + " " + state(folder);
    String fingerprint = known.get(state);
    if (fingerprint == null) {
      fingerprint = source.fingerprint();
      known.put(state, fingerprint);
      Path aside = AtomicFile.aside(file);
      json.writeValue(aside.toFile(), known);
      AtomicFile.publish(aside, file);
    }
    return fingerprint;
  }

  private static String state(Path folder) throws IOException {
    var digest = Sha256.digest();
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> sorted = files.filter(path -> Files.isRegularFile(path)).sorted().toList();
      for (Path path : sorted) {
        String line =
            "%s %d %s\n"
                .formatted(
                    path,
                    Files.size(path),
                    Files.getLastModifiedTime(path, new LinkOption[0]).toInstant());
        digest.update(line.getBytes(UTF_8));
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
