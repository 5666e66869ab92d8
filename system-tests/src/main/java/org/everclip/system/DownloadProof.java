package org.everclip.system;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.registry.FileEntry;
import org.everclip.contracts.registry.RegistryClient;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.formats.weights.SafetensorsWriter;
import org.everclip.formats.weights.Tensor;
import org.everclip.system.BadProxy.Fault;
import org.everclip.system.BadProxy.Kind;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Downloads of a large file through a proxy that cuts, delays and half-closes: every time the right
 * bytes, and hardly any byte twice.
 */
@Command(
    name = "download-proof",
    mixinStandardHelpOptions = true,
    description = "Fetches a file many times through a bad proxy; one fault in each download.")
public final class DownloadProof implements Callable<Integer> {

  /** What a cut may cost: the client's buffer and the one below it. */
  private static final long ONE_BUFFER = 1 << 16;

  @Option(names = "--program", description = "Folder of the program.", defaultValue = ".")
  private @Nullable Path program;

  @Option(names = "--downloads", description = "Default ${DEFAULT-VALUE}.")
  private int downloads = 100;

  @Option(names = "--megabytes", description = "Default ${DEFAULT-VALUE}.")
  private int megabytes = 100;

  @Option(names = "--seed", description = "Default ${DEFAULT-VALUE}.")
  private long seed = 1;

  private final PrintStream out = System.out;

  public static void main(String[] args) {
    System.exit(new CommandLine(new DownloadProof()).execute(args));
  }

  @Override
  public Integer call() throws Exception {
    Path work = Files.createTempDirectory("download-proof");
    try (var rig = new RegistryRig(work.resolve("home"))) {
      Path model = Files.createDirectory(work.resolve("model"));
      float[] values = new float[megabytes * 250_000];
      var random = new Random(seed);
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat();
      }
      SafetensorsWriter.write(
          model.resolve("model.safetensors"),
          List.of(new Tensor("w", new long[] {values.length}, values)),
          Map.of());
      rig.client().publish("large", model, RegistryRig.draft(), "large");
      return downloads(rig, work, random) ? 0 : 1;
    } finally {
      ProofPictures.delete(work);
    }
  }

  private boolean downloads(RegistryRig rig, Path work, Random random) throws Exception {
    long twice = 0;
    long most = 0;
    int wrong = 0;
    int struck = 0;
    int restarted = 0;
    for (int n = 0; n < downloads; n++) {
      Kind kind = List.of(Kind.CUT, Kind.DELAY, Kind.HALF_CLOSE).get(n % 3);
      VersionInfo version = rig.client().version("large", "latest").orElseThrow();
      FileEntry file = version.manifest().file("model.safetensors").orElseThrow();
      var fault = new Fault(kind, 1 + random.nextLong(file.size()));
      Path target = work.resolve("target");
      try (var proxy = new BadProxy(rig.port(), c -> c == 0 ? fault : Fault.NONE)) {
        new RegistryClient(proxy.base(), "").fetch(version, "model.safetensors", target);
        long again = proxy.forwarded() - file.size() - 2_000;
        struck += proxy.struck();
        twice += Math.max(0, again);
        most = Math.max(most, again);
        restarted += again > ONE_BUFFER ? 1 : 0;
      }
      wrong += Sha256.hex(target).equals(file.sha256()) ? 0 : 1;
      Files.delete(target);
    }
    boolean fine = wrong == 0 && restarted == 0 && struck == downloads;
    out.printf(
        Locale.ROOT,
        "%d downloads of %d MB, %d cut, delayed or half-closed: %d with wrong bytes; fetched twice:"
            + " %d bytes a fault, at most %d (allowed %d): %s%n",
        downloads,
        megabytes,
        struck,
        wrong,
        twice / Math.max(1, struck),
        most,
        ONE_BUFFER,
        fine ? "ok" : "FAILED");
    return fine;
  }
}
