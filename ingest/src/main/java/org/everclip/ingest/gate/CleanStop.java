package org.everclip.ingest.gate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Remembers whether the state in a folder was left in order. State that was not (kill, crash) may
 * hold writes of a transaction that was never committed; Kafka Streams rebuilds it from the
 * changelogs, but only where no checkpoint file stands beside it, and 4.2.1 leaves one there from
 * the last restoration (KAFKA-20685). So the checkpoints of an unclean stop are removed before the
 * flow begins. Without that, a pair could be known here and nowhere else.
 */
final class CleanStop {

  private static final String MARKER = "stopped-cleanly";
  private static final String CHECKPOINT = ".checkpoint";

  private CleanStop() {}

  /** Before the flow begins: forgets what cannot be trusted; returns how many stores that are. */
  static int begin(Path state) throws IOException {
    if (Files.deleteIfExists(state.resolve(MARKER))) {
      return 0;
    }
    List<Path> checkpoints;
    try (Stream<Path> files = Files.walk(state)) {
      checkpoints = files.filter(file -> file.getFileName().toString().equals(CHECKPOINT)).toList();
    }
    for (Path checkpoint : checkpoints) {
      Files.delete(checkpoint);
    }
    return checkpoints.size();
  }

  /** After the flow has been closed in order. */
  static void end(Path state) throws IOException {
    Files.writeString(state.resolve(MARKER), "");
  }
}
