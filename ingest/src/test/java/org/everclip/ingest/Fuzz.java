package org.everclip.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * Feeds a parser with damaged inputs: bits flipped, pieces cut, doubled, swapped between seeds, and
 * tokens of its language thrown in. {@code -Deverclip.fuzz.seconds=60} (default 2) sets how long,
 * {@code -Deverclip.fuzz.seed} where it begins. An input that crashes is printed; kept as a file
 * under {@code src/test/resources/fuzz/PARSER} it is tried first from then on.
 */
public final class Fuzz {

  /** What is tried; throws for what must not happen. */
  public interface Target {
    void accept(byte[] input) throws Exception;
  }

  private static final int MAX_BYTES = 1 << 16;
  private static final Duration SLOWEST = Duration.ofSeconds(1);

  private final String parser;
  private final List<byte[]> seeds = new ArrayList<>();
  private final List<byte[]> tokens;
  private final SplittableRandom random;

  /**
   * Prepares.
   *
   * @param parser names the folder of kept inputs
   */
  public Fuzz(String parser, List<byte[]> seeds, List<byte[]> tokens) {
    this.parser = parser;
    this.tokens = tokens;
    this.seeds.addAll(kept(parser));
    this.seeds.addAll(seeds);
    this.random = new SplittableRandom(Long.getLong("everclip.fuzz.seed", 20261124L));
  }

  private static List<byte[]> kept(String parser) {
    Path folder = Path.of("src", "test", "resources", "fuzz", parser);
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().map(Fuzz::read).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tries all seeds, then damaged ones until the time is over; returns how many. */
  public long run(Target target) {
    long tried = 0;
    for (byte[] seed : seeds) {
      attempt(target, seed);
      tried++;
    }
    long end =
        System.nanoTime()
            + Duration.ofSeconds(Integer.getInteger("everclip.fuzz.seconds", 2)).toNanos();
    while (System.nanoTime() < end) {
      attempt(target, damaged());
      tried++;
    }
    return tried;
  }

  private void attempt(Target target, byte[] input) {
    long began = System.nanoTime();
    try {
      target.accept(input);
    } catch (Exception | StackOverflowError | OutOfMemoryError e) {
      throw new AssertionError(parser + " on " + HexFormat.of().formatHex(input), e);
    }
    if (System.nanoTime() - began > SLOWEST.multipliedBy(10).toNanos()) {
      throw new AssertionError(parser + " is slow on " + HexFormat.of().formatHex(input));
    }
  }

  private byte[] damaged() {
    byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
    int wounds = 1 + random.nextInt(6);
    for (int i = 0; i < wounds; i++) {
      input = wound(input);
    }
    return input.length > MAX_BYTES ? Arrays.copyOf(input, MAX_BYTES) : input;
  }

  private byte[] wound(byte[] input) {
    int at = input.length == 0 ? 0 : random.nextInt(input.length);
    int length = Math.min(input.length - at, 1 + random.nextInt(64));
    return switch (random.nextInt(7)) {
      case 0 -> flip(input, at);
      case 1 -> put(input, at, new byte[] {(byte) random.nextInt(256)}, 1);
      case 2 -> put(input, at, new byte[0], length);
      case 3 -> put(input, at, Arrays.copyOfRange(input, at, at + length), 0);
      case 4 -> Arrays.copyOf(input, at);
      case 5 -> put(input, at, tokens.get(random.nextInt(tokens.size())), random.nextInt(2));
      default -> {
        byte[] other = seeds.get(random.nextInt(seeds.size()));
        int from = other.length == 0 ? 0 : random.nextInt(other.length);
        yield put(
            input, at, Arrays.copyOfRange(other, from, Math.min(other.length, from + 512)), length);
      }
    };
  }

  private byte[] flip(byte[] input, int at) {
    if (input.length > 0) {
      input[at] ^= (byte) (1 << random.nextInt(8));
    }
    return input;
  }

  private static byte[] put(byte[] input, int at, byte[] piece, int instead) {
    int rest = Math.min(input.length, at + instead);
    byte[] result = Arrays.copyOf(input, at + piece.length + input.length - rest);
    System.arraycopy(piece, 0, result, at, piece.length);
    System.arraycopy(input, rest, result, at + piece.length, input.length - rest);
    return result;
  }
}
