package org.everclip.cli;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code HOME/supervisor.json} says: for {@code status}, for the page, for tests that kill,
 * and for the next start after the supervisor itself was killed.
 *
 * @param addresses what to open or connect to, by name
 */
@JsonIgnoreProperties(ignoreUnknown = true)
record SupervisorState(
    long pid, String home, String program, Map<String, String> addresses, List<Role> roles) {

  private static final String FILE = "supervisor.json";
  private static final JsonMapper JSON = new JsonMapper();

  /**
   * One role.
   *
   * @param started ISO time of the process's start; with the pid it names the process for sure
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Role(
      String name,
      long pid,
      String started,
      int healthPort,
      boolean ready,
      int restarts,
      String detail) {

    /** The process, if it is still that one. */
    Optional<ProcessHandle> process() {
      return ProcessHandle.of(pid)
          .filter(
              handle ->
                  handle.info().startInstant().map(Object::toString).orElse("").equals(started));
    }
  }

  /** True when every role can work. */
  boolean ready() {
    return roles.stream().allMatch(Role::ready);
  }

  String json() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of texts and numbers can be written", e);
    }
  }

  /** Replaces the file in one step. */
  void write(Path home) throws IOException {
    Path next = home.resolve(FILE + ".next");
    Files.writeString(next, json());
    Files.move(
        next,
        home.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  static Optional<SupervisorState> read(Path home) {
    Path file = home.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(JSON.readValue(file.toFile(), SupervisorState.class));
    } catch (IOException e) {
      throw new CliException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }
}
