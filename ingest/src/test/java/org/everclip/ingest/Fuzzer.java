package org.everclip.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.everclip.contracts.Sha256;

/**
 * Gives a parser damaged inputs for some time: bytes changed, cut, doubled, moved, or taken from
 * another sample. Seeded: system properties {@code everclip.fuzzSeconds} (for each parser, default
 * 1) and {@code everclip.fuzzSeed}. What breaks the parser is written to {@code target/fuzz}; kept
 * in {@code src/test/resources/fuzz/PARSER}, it is tried first each time.
 */
public final class Fuzzer {

  private static final double SECONDS =
      Double.parseDouble(System.getProperty("everclip.fuzzSeconds", "1"));
  private static final long SEED = Long.getLong("everclip.fuzzSeed", 1);
  private static final double SLOW_SECONDS = 5;
  private static final int MAX_BYTES = 1 << 20;
  private static final byte[][] ODD = {
    {0},
    {-1},
    {0x7f},
    {-128},
    {0, 0, 0, 0},
    {-1, -1, -1, -1},
    {0x7f, -1, -1, -1},
    {'"'},
    {'<'},
    {'{'},
    {'['},
    {'&', '#'},
    {'%', '0'},
    {(byte) 0xc0, (byte) 0x80},
    {(byte) 0xed, (byte) 0xa0},
    {'9', '9', '9', '9', '9', '9', '9', '9', '9'},
    {'-'},
    {'e', '9', '9'},
    {'\\', 'u'},
    {'7', '7'}
  };

  private Fuzzer() {}

  /** A parser under test: it may refuse in the way it promises, and throws nothing else. */
  @FunctionalInterface
  public interface Parser {
    void parse(byte[] input) throws Exception;
  }

  /** Tries the kept inputs, then damaged samples until the time is up. */
  public static void run(String name, List<byte[]> samples, Parser parser) throws IOException {
    assertThat(samples).as("samples for " + name).isNotEmpty();
    for (byte[] input : kept(name)) {
      attempt(name, input, parser);
    }
    var random = new SplittableRandom(SEED ^ name.hashCode());
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    int tried = 0;
    while (System.nanoTime() < end || tried < 10) {
      byte[] input = samples.get(random.nextInt(samples.size()));
      int damages = 1 + random.nextInt(1 + random.nextInt(8));
      for (int i = 0; i < damages; i++) {
        input = damage(input, samples, random);
      }
      attempt(name, input, parser);
      tried++;
    }
    System.out.printf("%s: %d damaged inputs in %.0f s, seed %d%n", name, tried, SECONDS, SEED);
  }

  private static void attempt(String name, byte[] input, Parser parser) throws IOException {
    long start = System.nanoTime();
    try {
      parser.parse(input);
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError("uncaught in " + name + "; input: " + keep(name, input), e);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    if (seconds > SLOW_SECONDS) {
      throw new AssertionError(seconds + " s in " + name + "; input: " + keep(name, input));
    }
  }

  private static byte[] damage(byte[] input, List<byte[]> samples, SplittableRandom random) {
    if (input.length == 0) {
      return samples.get(random.nextInt(samples.size()));
    }
    // Most of the meaning is at the beginning.
    int reach = random.nextBoolean() ? Math.min(input.length, 256) : input.length;
    int at = random.nextInt(reach);
    int length = 1 + random.nextInt(Math.min(64, input.length - at));
    return switch (random.nextInt(8)) {
      case 0 -> changed(input, at, new byte[] {(byte) (input[at] ^ 1 << random.nextInt(8))});
      case 1 -> changed(input, at, new byte[] {(byte) random.nextInt(256)});
      case 2 -> changed(input, at, ODD[random.nextInt(ODD.length)]);
      case 3 -> Arrays.copyOf(input, at);
      case 4 -> joined(input, at, new byte[0], at + length);
      case 5 -> joined(input, at, ODD[random.nextInt(ODD.length)], at);
      case 6 -> joined(input, at, Arrays.copyOfRange(input, at, at + length), at);
      default -> {
        byte[] other = samples.get(random.nextInt(samples.size()));
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        int to = Math.min(other.length, from + 1 + random.nextInt(512));
        yield joined(input, at, Arrays.copyOfRange(other, from, to), at + length);
      }
    };
  }

  private static byte[] changed(byte[] input, int at, byte[] piece) {
    byte[] result = input.clone();
    System.arraycopy(piece, 0, result, at, Math.min(piece.length, input.length - at));
    return result;
  }

  private static byte[] joined(byte[] input, int end, byte[] middle, int begin) {
    int tail = Math.max(0, input.length - begin);
    byte[] result = new byte[Math.min(MAX_BYTES, end + middle.length + tail)];
    var parts = new ArrayList<byte[]>();
    parts.add(Arrays.copyOf(input, end));
    parts.add(middle);
    parts.add(Arrays.copyOfRange(input, input.length - tail, input.length));
    int at = 0;
    for (byte[] part : parts) {
      int count = Math.min(part.length, result.length - at);
      System.arraycopy(part, 0, result, at, count);
      at += count;
    }
    return result;
  }

  private static Path keep(String name, byte[] input) throws IOException {
    Path file = Path.of("target", "fuzz", name, Sha256.hex(input).substring(0, 16) + ".bin");
    Files.createDirectories(file.getParent());
    Files.write(file, input);
    return file;
  }

  private static List<byte[]> kept(String name) throws IOException {
    Path folder = Path.of("src", "test", "resources", "fuzz", name);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      var inputs = new ArrayList<byte[]>();
      for (Path file : files.sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        inputs.add(bytes);
      }
      return inputs;
    }
  }
}
