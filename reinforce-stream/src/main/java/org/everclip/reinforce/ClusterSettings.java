package org.everclip.reinforce;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.flink.configuration.BlobServerOptions;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;

/**
 * A Flink cluster of our processes: where its parts find each other, and what each may use. The
 * class path of every process is that of the role; classes with native code (and ours, which own
 * the models) always come from there and never from a job's jar, because a native library cannot be
 * loaded twice in one process.
 *
 * @param jobManager host of the JobManager, as the others reach it
 * @param rpcPort of the JobManager
 * @param restPort of the JobManager's page and REST interface
 */
record ClusterSettings(String jobManager, int rpcPort, int restPort) {

  private static final MemorySize FRAMEWORK = MemorySize.ofMebiBytes(128);
  private static final MemorySize NETWORK = MemorySize.ofMebiBytes(64);
  private static final MemorySize METASPACE = MemorySize.ofMebiBytes(256);
  private static final MemorySize OVERHEAD = MemorySize.ofMebiBytes(192);

  /** For the files that a slot's state keeps in memory. */
  private static final int MANAGED_MEBIBYTES = 128;

  /** What every process and every client of the cluster must know. */
  Configuration common() {
    var conf = new Configuration();
    conf.set(JobManagerOptions.ADDRESS, jobManager);
    conf.set(JobManagerOptions.PORT, rpcPort);
    conf.set(RestOptions.ADDRESS, jobManager);
    conf.set(RestOptions.PORT, restPort);
    conf.setString(
        CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL.key(),
        "ai.djl;com.sun.jna;com.google.gson;org.everclip.");
    // A killed process is noticed by refused connections in seconds; but where its successor has
    // taken its port already, only by the heartbeats that it owes.
    conf.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofSeconds(2));
    conf.set(HeartbeatManagerOptions.HEARTBEAT_TIMEOUT, Duration.ofSeconds(12));
    conf.set(ClusterOptions.ERROR_REGISTRATION_DELAY, Duration.ofSeconds(1));
    conf.set(ClusterOptions.REFUSED_REGISTRATION_DELAY, Duration.ofSeconds(2));
    return conf;
  }

  /** A JobManager's. */
  Configuration jobManager(Path temporary) {
    Configuration conf = common();
    conf.set(RestOptions.BIND_ADDRESS, jobManager);
    conf.set(RestOptions.BIND_PORT, Integer.toString(restPort));
    conf.set(JobManagerOptions.BIND_HOST, jobManager);
    conf.set(BlobServerOptions.STORAGE_DIRECTORY, folder(temporary, "blobs"));
    conf.set(CoreOptions.TMP_DIRS, folder(temporary, "tmp"));
    return conf;
  }

  /**
   * A TaskManager's. Flink's shell scripts would work out the memory; here the heap is this
   * process's own, and the models' memory is nobody's to count.
   */
  Configuration taskManager(String host, int slots, Path temporary) {
    Configuration conf = common();
    long heap = Runtime.getRuntime().maxMemory() - FRAMEWORK.getBytes();
    if (heap <= FRAMEWORK.getBytes()) {
      throw new org.everclip.service.ConfigException(
          "a TaskManager needs a heap of at least 256 MiB; start it with -Xmx768m");
    }
    conf.set(TaskManagerOptions.HOST, host);
    conf.set(TaskManagerOptions.BIND_HOST, host);
    conf.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
    conf.set(TaskManagerOptions.CPU_CORES, (double) slots);
    conf.set(TaskManagerOptions.TASK_HEAP_MEMORY, new MemorySize(heap));
    conf.set(TaskManagerOptions.FRAMEWORK_HEAP_MEMORY, FRAMEWORK);
    conf.set(TaskManagerOptions.TASK_OFF_HEAP_MEMORY, MemorySize.ofMebiBytes(256));
    conf.set(TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY, FRAMEWORK);
    conf.set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK);
    conf.set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK);
    conf.set(
        TaskManagerOptions.MANAGED_MEMORY_SIZE,
        MemorySize.ofMebiBytes((long) MANAGED_MEBIBYTES * slots));
    conf.set(TaskManagerOptions.JVM_METASPACE, METASPACE);
    conf.set(TaskManagerOptions.JVM_OVERHEAD_MIN, OVERHEAD);
    conf.set(TaskManagerOptions.JVM_OVERHEAD_MAX, OVERHEAD);
    conf.set(CoreOptions.TMP_DIRS, folder(temporary, "tmp"));
    return conf;
  }

  private static String folder(Path temporary, String name) {
    try {
      return Files.createDirectories(temporary.resolve(name)).toString();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + temporary.resolve(name), e);
    }
  }
}
