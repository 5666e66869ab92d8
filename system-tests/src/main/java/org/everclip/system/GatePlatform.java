package org.everclip.system;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.contracts.config.EverclipConfig;

/**
 * A broker, a schema registry and some gates as processes of their own. Each gate has its own
 * state. Closing it kills them all.
 */
public final class GatePlatform implements AutoCloseable {

  private final RolePlatform platform;

  /** Starts broker and registry and makes the topics; gates are started one by one. */
  public GatePlatform(Path program, Path home, int portsBase, List<String> settings)
      throws IOException, InterruptedException {
    platform = new RolePlatform(program, home, portsBase, settings);
  }

  /** The settings of a client. */
  public EverclipConfig config() {
    return platform.config();
  }

  /** Starts a gate, or starts it again on the state it has left. */
  public Process gate(int number) throws IOException {
    return gate(number, List.of());
  }

  /** The same with further options of its virtual machine. */
  public Process gate(int number, List<String> options) throws IOException {
    var all = new ArrayList<String>(List.of("-Xmx256m"));
    all.addAll(options);
    return platform.start(
        "gate-" + number,
        "ingest",
        "org.everclip.ingest.GateMain",
        platform.home().resolve("gate-" + number),
        all);
  }

  /** Starts any other role, or starts it again; {@code own} settings come after the common ones. */
  public Process role(String name, String module, String main, Path folder, List<String> own)
      throws IOException {
    return platform.start(
        name,
        module,
        main,
        folder,
        List.of("-Xmx512m"),
        own.stream().flatMap(one -> Stream.of("--set", one)).toArray(String[]::new));
  }

  /** kill -9 of a gate; waits until it is dead. */
  public void kill(int number) throws InterruptedException {
    platform.kill("gate-" + number);
  }

  @Override
  public void close() throws InterruptedException {
    platform.close();
  }
}
