package org.everclip.dashboard;

import io.javalin.util.JavalinBindException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.everclip.contracts.config.EverclipConfig;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.dashboard.feed.ReadModel;
import org.everclip.dashboard.view.DashboardServer;
import org.everclip.service.ConfigException;
import org.everclip.service.RoleContext;
import org.everclip.service.RoleMain;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** The dashboard role: the page at {@code dashboard.port}, fed from the topics and the registry. */
@Command(
    name = "dashboard",
    mixinStandardHelpOptions = true,
    description = "Serves the page with the flow, samples, curves, versions and benchmarks.")
public final class DashboardMain extends RoleMain {

  private static final Logger log = LoggerFactory.getLogger(DashboardMain.class);

  public static void main(String[] args) {
    launch(new DashboardMain(), args);
  }

  @Override
  protected String role() {
    return "dashboard";
  }

  @Override
  protected void run(RoleContext context) throws InterruptedException {
    EverclipConfig config = context.config();
    var model = new ReadModel(config.dashboard().samples(), config.dashboard().searchPairs());
    try (DashboardServer server = serve(config, model)) {
      List<Thread> feeds =
          DashboardFeeds.start(
              config, model, RegistryClient.of(config), context.health(), context.stop());
      context.health().ready();
      log.info("the page is at http://127.0.0.1:{}/", server.port());
      context.stop().await();
      DashboardFeeds.join(feeds, Duration.ofSeconds(2));
    }
  }

  private static DashboardServer serve(EverclipConfig config, ReadModel model) {
    int port = config.dashboard().port();
    try {
      return DashboardServer.start(config, model, port, Clock.systemUTC());
    } catch (JavalinBindException e) {
      throw new ConfigException(
          "port "
              + port
              + " for the dashboard is taken; stop what uses it, or choose another with"
              + " dashboard.port or EVERCLIP_PORTS_BASE",
          e);
    }
  }
}
