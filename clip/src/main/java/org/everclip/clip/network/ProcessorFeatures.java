package org.everclip.clip.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The instruction sets that Linux reports; none where it is another system, which is the safe
 * answer.
 */
record ProcessorFeatures(Set<String> flags) {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** x86 and Arm names of matrix products in bfloat16. */
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16", "bf16");

  private static final Set<String> AVX512 = Set.of("avx512bw", "avx512vl", "avx512dq");

  static ProcessorFeatures ofThisMachine() {
    if (!Files.isReadable(CPU_INFO)) {
      return new ProcessorFeatures(Set.of());
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return of(lines);
    } catch (IOException e) {
      return new ProcessorFeatures(Set.of());
    }
  }

  /** From the lines of {@code /proc/cpuinfo}: {@code flags} on x86, {@code Features} on Arm. */
  static ProcessorFeatures of(Stream<String> lines) {
    return new ProcessorFeatures(
        lines
            .filter(line -> line.startsWith("flags") || line.startsWith("Features"))
            .findFirst()
            .map(line -> line.substring(line.indexOf(':') + 1).trim().split("\\s+"))
            .map(words -> Arrays.stream(words).collect(Collectors.toUnmodifiableSet()))
            .orElse(Set.of()));
  }

  /** Does the processor multiply in bfloat16? */
  boolean bfloat16() {
    return flags.stream().anyMatch(BFLOAT16::contains);
  }

  /** Does oneDNN pack bfloat16 weights here? With AVX-512 it emulates what the processor lacks. */
  boolean packsBfloat16() {
    return bfloat16() || flags.containsAll(AVX512);
  }
}
