package org.everclip.system;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.system.BadProxy.Fault;
import org.everclip.system.BadProxy.Kind;

/**
 * What the Hub's own clients must be able to do with a running registry: every call of the
 * protocol, the same bytes, a second time without a body, and going on after cuts. Each client is
 * unmodified and runs in a process of its own.
 */
final class HubClients {

  private static final String MODEL = "hub-clients";
  private static final String BIG = "model.safetensors";
  private static final int CUTS = 10;
  private static final long MINUTES = 5;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RegistryRig rig;
  private final Path work;
  private final VersionInfo version;

  /** What a client was asked to do, and whether it worked. */
  record Check(String name, boolean ok, String detail) {}

  /**
   * Publishes a model for the clients.
   *
   * @param megabytes size of its largest file. huggingface_hub forgets what it has received of a
   *     piece of 10 MB when it is cut, and gives up after five cuts without a whole piece
   */
  HubClients(RegistryRig rig, Path work, int megabytes) throws IOException {
    this.rig = rig;
    this.work = work;
    RegistryClient client = rig.client();
    int number =
        client.publish(MODEL, model(work.resolve("model"), megabytes), RegistryRig.draft(), "hub");
    client.moveAlias(MODEL, "main", number, null, "proof", "for the clients");
    version = client.version(MODEL, "latest").orElseThrow();
  }

  private static Path model(Path folder, int megabytes) throws IOException {
    Files.createDirectories(folder.resolve("sub/deep"));
    float[] values = new float[megabytes * 250_000];
    var random = new Random(5);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    SafetensorsWriter.write(
        folder.resolve(BIG),
        List.of(new Tensor("w", new long[] {values.length}, values)),
        Map.of());
    Files.writeString(folder.resolve("config.json"), "{\"a\": 1}");
    Files.writeString(folder.resolve("sub/deep/b c.txt"), "ä");
    Files.writeString(folder.resolve("empty.txt"), "");
    Files.writeString(folder.resolve("words.txt"), "many words ".repeat(200_000));
    return folder;
  }

  /** {@code @huggingface/hub} of the folder that has it in {@code node_modules}. */
  List<Check> javaScript(Path modules) throws IOException, InterruptedException {
    return run("hub_client.mjs", "node", Map.of("modules", modules.toString()));
  }

  /** {@code huggingface_hub} of a Python interpreter. */
  List<Check> python(String python) throws IOException, InterruptedException {
    return run("hub_client.py", python, Map.of());
  }

  private List<Check> run(String script, String interpreter, Map<String, Object> more)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(work, "client");
    try (InputStream in =
        Objects.requireNonNull(HubClients.class.getResourceAsStream(script), script)) {
      Files.copy(in, folder.resolve(script));
    }
    long size = version.manifest().file(BIG).orElseThrow().size();
    var random = new Random(11);
    try (var plain = new BadProxy(rig.port(), n -> Fault.NONE);
        var cutting =
            new BadProxy(
                rig.port(),
                n ->
                    n < CUTS
                        ? new Fault(
                            Kind.CUT, (long) (size / CUTS * (0.75 + 0.18 * random.nextDouble())))
                        : Fault.NONE)) {
      var job = new TreeMap<String, Object>(more);
      job.put("endpoint", plain.base().toString());
      job.put("cut", cutting.base().toString());
      job.put("repo", "everclip/" + MODEL);
      job.put("commit", version.commit());
      job.put("revisions", List.of("main", "latest", "v1", version.commit()));
      job.put(
          "files",
          version.manifest().files().stream()
              .collect(Collectors.toMap(FileEntry::path, FileEntry::sha256)));
      job.put("big", BIG);
      job.put("cache", folder.resolve("cache").toString());
      Path out = folder.resolve("out.json");
      job.put("out", out.toString());
      Path file = folder.resolve("job.json");
      JSON.writeValue(file.toFile(), job);
      Path log = folder.resolve("log");
      Process process =
          new ProcessBuilder(interpreter, folder.resolve(script).toString(), file.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      if (!process.waitFor(MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(script + " failed:\n" + Files.readString(log));
      }
      List<Check> checks =
          new ArrayList<>(JSON.readValue(out.toFile(), new TypeReference<List<Check>>() {}));
      checks.add(secondTime(plain.requests()));
      checks.add(
          new Check(
              CUTS + " cuts were met", cutting.struck() == CUTS, "there were " + cutting.struck()));
      return checks;
    }
  }

  /** Between the two marks, no request had a file as its answer. */
  private static Check secondTime(List<String> requests) {
    List<Integer> marks = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      if (requests.get(i).startsWith("GET /mark ")) {
        marks.add(i);
      }
    }
    List<String> between =
        marks.size() == 2 ? requests.subList(marks.get(0) + 1, marks.get(1)) : List.of();
    List<String> bodies =
        between.stream()
            .filter(line -> line.startsWith("GET ") && line.contains("/resolve/"))
            .toList();
    return new Check(
        "the second time nothing is fetched",
        marks.size() == 2 && bodies.isEmpty() && !between.isEmpty(),
        marks.size() + " marks, " + between);
  }
}
