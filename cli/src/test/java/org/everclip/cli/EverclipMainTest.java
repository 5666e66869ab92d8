package org.everclip.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class EverclipMainTest {

  @Test
  void everyCommandOfTheDesignIsListed() {
    assertThat(EverclipMain.commandLine().getSubcommands().keySet())
        .contains(
            "demo",
            "up",
            "status",
            "down",
            "doctor",
            "reconcile",
            "topics",
            "ingest",
            "rejected",
            "train",
            "embed",
            "classify",
            "convert",
            "models",
            "evaluate",
            "pull",
            "versions",
            "promote",
            "rollback",
            "verify",
            "broker",
            "schema-registry",
            "fetch",
            "receive",
            "gate",
            "reinforce",
            "trainer",
            "registry",
            "evaluator",
            "dashboard");
  }

  @Test
  void wrongUsageIsTwo() {
    CommandLine commandLine = EverclipMain.commandLine();
    commandLine.setErr(new java.io.PrintWriter(java.io.Writer.nullWriter()));
    assertThat(commandLine.execute("up", "--nonsense")).isEqualTo(2);
    assertThat(commandLine.execute("nonsense")).isEqualTo(2);
    assertThat(commandLine.execute("status", "--set", "gate.treads=1")).isEqualTo(2);
  }

  @Test
  void namesOfRolesAreUnique() {
    List<String> names =
        Roles.all(Roles.BROKER_HEAP, java.util.Map.of()).stream().map(RoleSpec::name).toList();
    assertThat(names).doesNotHaveDuplicates().startsWith("broker", "schema-registry");
  }
}
