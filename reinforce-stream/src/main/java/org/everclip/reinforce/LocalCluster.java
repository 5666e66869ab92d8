package org.everclip.reinforce;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Flink in this process: its settings, and where it keeps what. */
final class LocalCluster {

  private static final Logger log = LoggerFactory.getLogger(LocalCluster.class);
  private static final String LOOPBACK = "127.0.0.1";

  private LocalCluster() {}

  /**
   * An environment for one run of the job.
   *
   * @param restoreFrom a checkpoint's directory; null to begin with the committed offsets
   * @param hasBackfilled whether checkpoints may hold state of back-fills that are through
   * @param uiPort 0 for no web page
   */
  static StreamExecutionEnvironment environment(
      ReinforceSettings settings,
      NewestCheckpoint folder,
      Path temporary,
      Duration checkpointInterval,
      @Nullable Path restoreFrom,
      boolean hasBackfilled,
      int uiPort) {
    Configuration conf = settings(settings, temporary);
    JobConfiguration.add(conf, folder, checkpointInterval, restoreFrom, hasBackfilled);
    StreamExecutionEnvironment env;
    if (uiPort > 0) {
      int port = isFree(uiPort) ? uiPort : 0;
      conf.set(RestOptions.BIND_PORT, Integer.toString(port));
      if (port == 0) {
        log.warn("port {} (reinforce.uiPort) is taken, Flink's page takes a free one", uiPort);
      }
      env = StreamExecutionEnvironment.createLocalEnvironmentWithWebUI(conf);
    } else {
      conf.set(RestOptions.BIND_PORT, "0");
      env = StreamExecutionEnvironment.createLocalEnvironment(settings.parallelism(), conf);
    }
    env.setParallelism(settings.parallelism());
    return env;
  }

  private static Configuration settings(ReinforceSettings settings, Path temporary) {
    var conf = new Configuration();
    conf.set(TaskManagerOptions.NUM_TASK_SLOTS, settings.parallelism());
    conf.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(48));
    conf.set(RestOptions.ADDRESS, LOOPBACK);
    conf.set(RestOptions.BIND_ADDRESS, LOOPBACK);
    conf.set(JobManagerOptions.BIND_HOST, LOOPBACK);
    conf.set(TaskManagerOptions.BIND_HOST, LOOPBACK);
    conf.set(CoreOptions.TMP_DIRS, temporary.toString());
    return conf;
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
