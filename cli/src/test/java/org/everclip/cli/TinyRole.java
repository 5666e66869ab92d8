package org.everclip.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;

/** A real role without work: notes in HOME/events what happens to it. */
@Command(name = "tiny", mixinStandardHelpOptions = true)
public final class TinyRole extends RoleMain {

  public static void main(String[] args) {
    launch(new TinyRole(), args);
  }

  @Override
  protected String role() {
    return System.getenv("TINY_NAME");
  }

  @Override
  protected boolean reportsToKafka() {
    return false;
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    Path events = context.config().home().resolve("events");
    note(events, role() + " started");
    context.health().ready();
    context.stop().await();
    note(events, role() + " stopped");
  }

  private static void note(Path events, String line) throws java.io.IOException {
    Files.writeString(events, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
