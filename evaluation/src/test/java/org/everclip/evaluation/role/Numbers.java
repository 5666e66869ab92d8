package org.everclip.evaluation.role;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.everclip.contracts.EvaluationGroups;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.SampleSource;
import org.everclip.evaluation.task.Scoring;
import org.everclip.evaluation.task.Task;
import org.everclip.formats.image.ImageEncoder;
import org.everclip.formats.image.RgbImage;

/** Small tasks about pictures of numbers. */
final class Numbers {

  private static final int CLASSES = 10;

  private Numbers() {}

  static Suite.Entry classification(String name, int samples) throws Exception {
    var task =
        new Task(
            "local/" + name,
            name,
            Task.LOCAL,
            Scoring.Classification.plain(),
            null,
            "acc1",
            List.of());
    return Suite.Entry.of(task, new Pictures(name, samples, false));
  }

  static Suite.Entry holdout(int samples) throws Exception {
    return retrieval("holdout/all", Task.HOLDOUT, samples);
  }

  static Suite period(String period, int samples) throws Exception {
    return Suite.of(
        EvaluationGroups.PERIOD,
        List.of(retrieval("period/" + period, EvaluationGroups.PERIOD, samples)));
  }

  private static Suite.Entry retrieval(String key, String group, int samples) throws Exception {
    var task = new Task(key, key, group, new Scoring.Retrieval(), null, "mean_recall@5", List.of());
    return Suite.Entry.of(task, new Pictures(key, samples, true));
  }

  private record Pictures(String name, int samples, boolean captioned) implements SampleSource {

    @Override
    public Scoring scoring() {
      return captioned ? new Scoring.Retrieval() : Scoring.Classification.plain();
    }

    @Override
    public List<String> classNames() {
      return captioned
          ? List.of()
          : IntStream.range(0, CLASSES).mapToObj(Integer::toString).toList();
    }

    @Override
    public List<String> templates() {
      return captioned ? List.of() : List.of("the number {c}", "a {c}");
    }

    @Override
    public void forEach(Consumer<Sample> consumer) {
      for (int i = 0; i < samples; i++) {
        int number = captioned ? i : i % CLASSES;
        int other = Math.floorMod((name + i).hashCode(), 1 << 16);
        byte[] image = ImageEncoder.png(RgbImage.filled(2, 2, number << 16 | other));
        String key = "s%04d".formatted(i);
        consumer.accept(
            captioned
                ? new Sample.Captioned(key, image, List.of("the number " + number))
                : new Sample.Labelled(key, image, number, new long[0]));
      }
    }

    @Override
    public String fingerprint() {
      return name + samples;
    }
  }
}
