package org.everclip.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.registry.client.Clients;
import org.everclip.registry.client.PullFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The consumers' commands against a running registry. */
@ExtendWith(SharedRig.class)
class ClientsTest {

  @TempDir static Path home;
  private static Rig rig;

  @TempDir Path folder;

  @BeforeAll
  static void start(Rig shared) throws Exception {
    rig = shared;
    RegistryClient client = rig.client();
    client.publish("demo", Rig.model(home.resolve("one"), 1), Rig.draft(null), "1");
    client.publish("demo", Rig.model(home.resolve("two"), 2), Rig.draft(1), "2");
  }

  @Test
  void pullsWholeVersionsAndSwitchesTheLink() throws Exception {
    assertThat(run("pull", "demo@v1", "--to", folder.toString()).code()).isZero();
    assertThat(Files.readSymbolicLink(folder.resolve("current"))).isEqualTo(Path.of("v1"));

    Result pulled = run("pull", "demo", "--to", folder.toString(), "--json");

    assertThat(pulled.out()).contains("\"version\":2");
    assertThat(folder.resolve("current/model.safetensors"))
        .hasSameBinaryContentAs(home.resolve("two/model.safetensors"));
    assertThat(run("verify", folder.toString()).out()).contains("is what was published");
    assertThat(run("pull", "demo@nope", "--to", folder.toString()).code()).isEqualTo(1);
    assertThat(run("pull", "demo").code()).isEqualTo(2);
  }

  @Test
  void verifyFindsEachKindOfChange() throws Exception {
    RegistryClient client = rig.client();
    var pull = new PullFolder(folder);
    pull.pull(client, client.version("demo", "v1").orElseThrow());
    pull.pull(client, client.version("demo", "v2").orElseThrow());
    Path one = folder.resolve("v1");
    byte[] weights = Files.readAllBytes(one.resolve("model.safetensors"));

    weights[weights.length - 1] ^= 1;
    Files.write(one.resolve("model.safetensors"), weights);
    assertThat(pull.verify()).singleElement().asString().contains("model.safetensors");
    weights[weights.length - 1] ^= 1;
    Files.write(one.resolve("model.safetensors"), weights);
    Files.writeString(one.resolve("extra.txt"), "x");
    assertThat(pull.verify()).singleElement().asString().contains("not part of the version");
    Files.delete(one.resolve("extra.txt"));
    Path manifest = one.resolve("everclip-manifest.json");
    String signed = Files.readString(manifest);
    Files.writeString(manifest, signed.replace("\\\"steps\\\":100", "\\\"steps\\\":101"));
    assertThat(pull.verify()).anyMatch(finding -> finding.contains("signature"));
    assertThat(run("verify", folder.toString()).code()).isEqualTo(1);
    Files.writeString(manifest, signed);
    assertThat(pull.verify()).isEmpty();
  }

  @Test
  void promotesAndRollsBack() throws Exception {
    assertThat(run("promote", "demo@v1", "--as", "best", "--expect", "0").code()).isZero();
    assertThat(run("promote", "demo@v2", "--as", "best", "--expect", "0").code()).isEqualTo(1);
    assertThat(run("promote", "demo@v2", "--as", "best", "--expect", "v1").code()).isZero();
    assertThat(run("versions", "demo").out()).contains("best");

    Result back = run("rollback", "demo", "--alias", "best");

    assertThat(back.out()).contains("is v1 again (was v2)");
    assertThat(run("rollback", "demo", "--alias", "best").code()).isEqualTo(1);
    assertThat(run("rollback", "demo", "--alias", "none").code()).isEqualTo(1);
    assertThat(run("promote", "demo@v1", "--as", "latest").code()).isEqualTo(1);
  }

  @Test
  void aModelIsVerifiedThoughAFolderHasItsName() throws Exception {
    assertThat(Path.of("src")).isDirectory();
    rig.client().publish("src", Rig.model(folder.resolve("m"), 5), Rig.draft(null), "s");

    assertThat(run("verify", "src").out()).contains("src is what was published");
  }

  @Test
  void verifiesTheRegistryAndFindsADamagedBlob() throws Exception {
    RegistryClient client = rig.client();
    client.publish("fragile", Rig.model(folder.resolve("m"), 3), Rig.draft(null), "f");
    assertThat(run("verify", "fragile").code()).isZero();
    VersionInfo version = client.version("fragile", "v1").orElseThrow();
    String sha256 = version.manifest().file("model.safetensors").orElseThrow().sha256();
    Path blob =
        rig.config()
            .home()
            .resolve("registry/blobs/sha256")
            .resolve(sha256.substring(0, 2))
            .resolve(sha256);
    byte[] bytes = Files.readAllBytes(blob);
    bytes[bytes.length - 1] ^= 1;
    Files.write(blob, bytes);

    Result verified = run("verify", "fragile", "--json");

    assertThat(verified.code()).isEqualTo(1);
    assertThat(verified.out()).contains("\"ok\":false").contains("model.safetensors");
    Result pulled = run("pull", "fragile", "--to", folder.resolve("to").toString());
    assertThat(pulled.code()).isEqualTo(1);
    assertThat(folder.resolve("to/v1")).doesNotExist();
  }

  @Test
  void watchingPullsAVersionWhenItAppears() throws Exception {
    RegistryClient client = rig.client();
    client.publish("watched", Rig.model(folder.resolve("a"), 4), Rig.draft(null), "a");
    Path to = folder.resolve("to");
    var watcher =
        new Thread(
            () ->
                new picocli.CommandLine(new Clients())
                    .execute(args("pull", "watched", "--to", to.toString(), "--watch")));
    watcher.start();
    try {
      Awaitility.await()
          .untilAsserted(() -> assertThat(new PullFolder(to).current()).contains("v1"));

      client.publish("watched", Rig.model(folder.resolve("b"), 5), Rig.draft(1), "b");

      Awaitility.await()
          .atMost(java.time.Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(new PullFolder(to).current()).contains("v2"));
    } finally {
      watcher.interrupt();
      watcher.join(10_000);
    }
    assertThat(watcher.isAlive()).isFalse();
  }

  private record Result(int code, String out) {}

  private static String[] args(String... args) {
    var all = new ArrayList<>(List.of(args));
    all.addAll(
        List.of("--home", rig.config().home().toString(), "--set", "registry.url=" + rig.base()));
    return all.toArray(String[]::new);
  }

  private static Result run(String... args) {
    PrintStream before = System.out;
    var out = new ByteArrayOutputStream();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
    try {
      int code = Clients.run(args(args));
      return new Result(code, out.toString(StandardCharsets.UTF_8));
    } finally {
      System.setOut(before);
    }
  }
}
