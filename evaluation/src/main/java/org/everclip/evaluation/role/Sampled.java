package org.everclip.evaluation.role;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.everclip.contracts.Sha256;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;

/**
 * A part of a task's samples, the same for every version: those whose keys have the lowest hashes.
 *
 * @param count how many at most; so many encoded pictures are in memory at once
 */
record Sampled(SampleSource source, int count) implements SampleSource {

  @Override
  public Scoring scoring() {
    return source.scoring();
  }

  @Override
  public List<String> classNames() {
    return source.classNames();
  }

  @Override
  public List<String> templates() {
    return source.templates();
  }

  @Override
  public void forEach(Consumer<Sample> consumer) throws IOException {
    var lowest = new TreeMap<String, Sample>();
    source.forEach(
        sample -> {
          String rank = Sha256.hex("quick:" + sample.key());
          if (lowest.size() < count || rank.compareTo(lowest.lastKey()) < 0) {
            lowest.put(rank, sample);
            if (lowest.size() > count) {
              lowest.pollLastEntry();
            }
          }
        });
    lowest.values().forEach(consumer);
  }

  @Override
  public String fingerprint() throws IOException {
    return source.fingerprint() + " " + count;
  }
}
