package org.everclip.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The installed program: where its folders of jars are, and how a main class of one is started.
 *
 * @param dir the folder that holds {@code target/lib} and {@code demo}
 */
record Program(Path dir) {

  private static final List<String> ALWAYS =
      List.of(
          "-XX:+UseSerialGC",
          "-Djava.awt.headless=true",
          "-Dai.djl.offline=true",
          "-Dai.djl.pytorch.num_threads=1",
          "-Dai.djl.pytorch.graph_optimizer=false",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED");

  /** The program that EVERCLIP_PROGRAM names, else the current folder. */
  static Program find() {
    String variable = System.getenv("EVERCLIP_PROGRAM");
    return new Program(Path.of(variable == null ? "" : variable).toAbsolutePath().normalize());
  }

  Path lib(String module) {
    return dir.resolve("target").resolve("lib").resolve(module);
  }

  boolean has(String module) {
    return Files.isDirectory(lib(module));
  }

  /** The command line that runs a main class of a module. */
  List<String> command(
      String module, String mainClass, List<String> jvmOptions, List<String> arguments) {
    if (!has(module)) {
      throw new CliException(
          lib(module)
              + " is missing: build with 'mvn -Pfast package' in "
              + dir
              + ", then try again");
    }
    var command = new ArrayList<String>();
    command.add(java().toString());
    command.addAll(ALWAYS);
    command.addAll(jvmOptions);
    String more = System.getenv("EVERCLIP_JAVA_OPTS");
    if (more != null && !more.isBlank()) {
      command.addAll(List.of(more.trim().split("\\s+")));
    }
    command.addAll(List.of("-cp", lib(module).resolve("*").toString(), mainClass));
    command.addAll(arguments);
    return command;
  }

  /** The Java that runs this process. */
  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }
}
