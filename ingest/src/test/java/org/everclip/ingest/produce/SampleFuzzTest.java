package org.everclip.ingest.produce;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.everclip.formats.shard.ShardException;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.ingest.Fuzzer;
import org.everclip.ingest.gate.Pictures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What producers read of strangers: shards and the metadata beside pictures. */
class SampleFuzzTest {

  @TempDir Path folder;

  @Test
  void shards() throws IOException {
    Path shard = folder.resolve("shard.tar");

    Fuzzer.run(
        "tar",
        samples("tars/ok.tar", ".tar"),
        bytes -> {
          Files.write(shard, bytes);
          try (var samples = new WebDatasetReader(shard)) {
            for (ShardSample sample : samples) {
              assertThat(sample.key()).isNotNull();
            }
          } catch (ShardException refused) {
            assertThat(refused).hasMessageContaining("shard.tar");
          } catch (UncheckedIOException refused) {
            assertThat(refused.getCause()).isInstanceOf(ShardException.class);
          }
        });
  }

  @Test
  void metadata() throws IOException {
    Fuzzer.run(
        "json-metadata",
        samples("metadata/ok.json", ".json"),
        bytes -> {
          try {
            assertThat(SampleMetadata.parse(bytes)).isNotNull();
          } catch (SampleMetadata.Unusable refused) {
            assertThat(refused.getMessage()).isNotBlank();
          }
        });
  }

  private static List<byte[]> samples(String like, String end) throws IOException {
    try (Stream<Path> files = Files.list(Pictures.hostileFile(like).getParent())) {
      var samples = new ArrayList<byte[]>();
      for (Path file : files.filter(path -> path.toString().endsWith(end)).sorted().toList()) {
        samples.add(Files.readAllBytes(file));
      }
      return samples;
    }
  }
}
