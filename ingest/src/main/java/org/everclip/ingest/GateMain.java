package org.everclip.ingest;

import org.everclip.ingest.gate.GateService;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;

/** The role that lets good pairs in: from {@code pairs.raw} to accepted or rejected. */
@Command(
    name = "gate",
    mixinStandardHelpOptions = true,
    description = "Checks every raw pair and writes it to pairs.accepted or pairs.rejected.")
public final class GateMain extends RoleMain {

  public static void main(String[] args) {
    launch(new GateMain(), args);
  }

  @Override
  protected String role() {
    return "gate";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    new GateService(context.config(), context.meters(), context.health()).run(context.stop());
  }
}
