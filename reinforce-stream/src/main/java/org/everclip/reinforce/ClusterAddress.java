package org.everclip.reinforce;

import org.everclip.contracts.config.EverclipConfig;
import org.everclip.service.ConfigException;
import picocli.CommandLine.Option;

/** Options that say where a Flink cluster is. */
final class ClusterAddress {

  private static final int RPC_ABOVE_REST = 41;

  @Option(
      names = "--jobmanager",
      paramLabel = "HOST[:PORT]",
      defaultValue = "127.0.0.1",
      description =
          "Where the JobManager is (default ${DEFAULT-VALUE}; port: reinforce.uiPort + 41). Its page is at reinforce.uiPort.")
  private String jobManager = "127.0.0.1";

  ClusterSettings settings(EverclipConfig config) {
    int rest = config.reinforce().uiPort();
    if (rest == 0) {
      throw new ConfigException(
          "reinforce.uiPort is 0 (no page), but a cluster is spoken to by its page's port; set one");
    }
    int colon = jobManager.lastIndexOf(':');
    try {
      return colon < 0
          ? new ClusterSettings(jobManager, rest + RPC_ABOVE_REST, rest)
          : new ClusterSettings(
              jobManager.substring(0, colon),
              Integer.parseInt(jobManager.substring(colon + 1)),
              rest);
    } catch (NumberFormatException e) {
      throw new ConfigException("--jobmanager must be HOST or HOST:PORT, not " + jobManager, e);
    }
  }
}
