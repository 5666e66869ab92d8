package org.everclip.ingest;

import org.everclip.ingest.fetch.FetchService;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;

/** The role that fetches the pictures of pairs that name a url. */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    description = {
      "Fetches the pictures of raw pairs that name a url, and offers them to the gate with their"
          + " bytes. Off unless fetch.enabled is true.",
      "Only public addresses over http and https are connected to; private and loopback addresses"
          + " are refused unless fetch.allowAddresses names them."
    })
public final class FetchMain extends RoleMain {

  public static void main(String[] args) {
    launch(new FetchMain(), args);
  }

  @Override
  protected String role() {
    return "fetch";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    new FetchService(context.config(), context.meters(), context.health()).run(context.stop());
  }
}
