package org.everclip.reinforce.files;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;
import org.everclip.formats.shard.ShardException;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;
import org.everclip.formats.shard.WebDatasetWriter;
import org.everclip.reinforce.PairReinforcer;
import org.everclip.reinforce.Reinforcement;
import org.everclip.service.StopSignal;

/**
 * Reinforces one shard after another. Pairs keep their order; while the first ones are in the
 * models, the next ones are read and decoded. A shard appears under its name when it is whole,
 * after the list of what was refused of it ({@code SHARD.refused.jsonl}, where there is anything).
 * For one thread.
 */
final class ShardWork {

  private static final int BATCHES_AHEAD = 4;
  private static final JsonMapper JSON = new JsonMapper();

  private final PairReinforcer reinforcer;
  private final FilePairs pairs;
  private final PairSamples samples;
  private final StopSignal stop;
  private final IntConsumer passed;

  /**
   * Prepares.
   *
   * @param passed is told of each pair that has passed, with 1 where it was reinforced and 0 where
   *     it was refused
   */
  ShardWork(
      PairReinforcer reinforcer,
      FilePairs pairs,
      PairSamples samples,
      StopSignal stop,
      IntConsumer passed) {
    this.reinforcer = reinforcer;
    this.pairs = pairs;
    this.samples = samples;
    this.stop = stop;
    this.passed = passed;
  }

  private record Pending(String key, CompletableFuture<Reinforcement> answer) {}

  /**
   * Reinforces a shard.
   *
   * @return false when a stop was requested before the end; then nothing has appeared
   * @throws ShardException when the shard is damaged
   * @throws ExecutionException when the models fail on every pair
   */
  boolean run(Path in, Path out) throws IOException, InterruptedException, ExecutionException {
    removeRemains(out);
    var refused = new StringBuilder();
    try (var reader = new WebDatasetReader(in);
        var writer = new WebDatasetWriter(out)) {
      boolean whole = false;
      try {
        whole = run(reader, writer, refused);
        if (whole && !refused.isEmpty()) {
          SetConfig.publish(
              out.resolveSibling(SetConfig.name(out) + ".refused.jsonl"), refused.toString());
        }
      } catch (UncheckedIOException e) {
        throw e.getCause();
      } finally {
        if (!whole) {
          writer.abandon();
        }
      }
      return whole;
    }
  }

  private boolean run(WebDatasetReader reader, WebDatasetWriter writer, StringBuilder refused)
      throws IOException, InterruptedException, ExecutionException {
    Deque<Pending> pending = new ArrayDeque<>();
    long number = 0;
    while (reader.hasNext()) {
      if (stop.requested()) {
        return false;
      }
      ShardSample sample = reader.next();
      CompletableFuture<Reinforcement> answer;
      try {
        answer = reinforcer.submit(pairs.pair(sample, number++));
      } catch (FilePairs.Unusable e) {
        answer =
            CompletableFuture.completedFuture(
                new Reinforcement.Refused(String.valueOf(e.getMessage())));
      }
      pending.add(new Pending(sample.key(), answer));
      while (!pending.isEmpty()
          && (pending.size() > BATCHES_AHEAD * reinforcer.batchPairs()
              || pending.getFirst().answer().isDone())) {
        write(pending.removeFirst(), writer, refused);
      }
    }
    while (!pending.isEmpty()) {
      if (stop.requested()) {
        return false;
      }
      write(pending.removeFirst(), writer, refused);
    }
    return true;
  }

  private void write(Pending pair, WebDatasetWriter writer, StringBuilder refused)
      throws IOException, InterruptedException, ExecutionException {
    Reinforcement answer = pair.answer().get();
    if (answer instanceof Reinforcement.Reinforced made) {
      // Folders in a key are no part of the published layout.
      String key = pair.key().substring(pair.key().lastIndexOf('/') + 1);
      writer.write(samples.sample(key, made.pair()));
      passed.accept(1);
      return;
    }
    ObjectNode line = JSON.createObjectNode();
    line.put("key", pair.key());
    line.put("detail", ((Reinforcement.Refused) answer).detail());
    refused.append(JSON.writeValueAsString(line)).append('\n');
    passed.accept(0);
  }

  /** A killed process leaves a part of a shard beside it. */
  static void removeRemains(Path out) throws IOException {
    Path folder = out.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.newDirectoryStream(folder, SetConfig.name(out) + ".*.part")) {
      for (Path part : files) {
        String name = SetConfig.name(part);
        String pid = name.substring(SetConfig.name(out).length() + 1, name.length() - 5);
        boolean alive =
            pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isPresent();
        if (!alive || Long.parseLong(pid) == ProcessHandle.current().pid()) {
          Files.deleteIfExists(part);
        }
      }
    }
  }
}
