package org.everclip.ingest;

import org.everclip.ingest.receive.ReceiveServer;
import org.everclip.service.ConfigException;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;

/** The role that takes pairs over HTTP. */
@Command(
    name = "receive",
    mixinStandardHelpOptions = true,
    description =
        "Takes pairs over HTTP (POST /v1/pairs, JSON or form) and pushes them to pairs.raw. Off"
            + " unless receive.enabled is true; listens on loopback unless receive.host says"
            + " otherwise; the token is in HOME/receive-token.")
public final class ReceiveMain extends RoleMain {

  public static void main(String[] args) {
    launch(new ReceiveMain(), args);
  }

  @Override
  protected String role() {
    return "receive";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    if (!context.config().receive().enabled()) {
      throw new ConfigException("receiving is off: set receive.enabled to true");
    }
    try (var server = new ReceiveServer(context.config(), context.meters())) {
      context.health().ready();
      context.stop().await();
    }
  }
}
