package org.everclip.registry.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import picocli.CommandLine;

/** {@code fsck}. */
@CommandLine.Command(
    name = "fsck",
    mixinStandardHelpOptions = true,
    description = "Has the registry read every byte that a live version refers to.")
public final class Fsck extends Command {

  @Override
  public Integer call() {
    JsonNode answer = client().operate("check", Map.of());
    out(answer.toString());
    return answer.path("found").isEmpty() ? 0 : 1;
  }
}
