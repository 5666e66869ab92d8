package org.everclip.reinforce;

import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import picocli.CommandLine.Command;

/** The reinforce role: the Flink job and its cluster in one process. */
@Command(
    name = "reinforce",
    mixinStandardHelpOptions = true,
    description = {
      "Reads pairs.accepted, adds augmentations, synthetic captions and teacher embeddings,",
      "writes pairs.reinforced exactly once. Goes on where it stopped."
    })
public final class ReinforceMain extends RoleMain {

  public static void main(String[] args) {
    launch(new ReinforceMain(), args);
  }

  @Override
  protected String role() {
    return "reinforce";
  }

  @Override
  protected void run(RoleContext context) throws Exception {
    EverclipConfig config = context.config();
    EverclipConfig.Reinforce section = config.reinforce();
    ReinforceSettings settings = ReinforceSettings.of(config);
    StartLimits.check(config, settings);
    ProcessScope.register(settings.job(), context.meters());
    new JobRun(
            settings,
            config.inHome(section.checkpointDir()),
            section.checkpointInterval(),
            section.uiPort(),
            context.health())
        .run(context.stop());
  }
}
