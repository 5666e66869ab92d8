package org.everclip.evaluation.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.everclip.evaluation.task.CatalogueEntry;
import org.everclip.evaluation.task.DamagedDataException;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Picture;
import org.everclip.evaluation.task.Sample;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.UnavailableException;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.jspecify.annotations.Nullable;

/** Reads data sets to their end and says what an evaluation would stumble over. Thread-safe. */
final class Doctor {

  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
  private final ImageNetSubsets subsets = ImageNetSubsets.load();
  private final List<String> imageNet;

  /**
   * Makes a doctor.
   *
   * @param imageNet class names of ImageNet-1k, or empty when it is not there
   */
  Doctor(List<String> imageNet) {
    this.imageNet = List.copyOf(imageNet);
  }

  /** How a data set is. */
  enum State {
    /** Whole, and as published where that is known. */
    GOOD,
    /** Can be evaluated, but differs from what was published. */
    DIFFERENT,
    /** Not there at all. */
    MISSING,
    /** There, but cannot be evaluated. */
    DAMAGED
  }

  /**
   * What was found of one task.
   *
   * @param notes what is missing, damaged or different
   */
  record Finding(String task, State state, int samples, int classes, List<String> notes) {}

  /**
   * Examines a task's folder.
   *
   * @param published what is known of it, or null
   */
  Finding examine(Task task, @Nullable CatalogueEntry published) {
    if (task.folder() == null || !java.nio.file.Files.exists(task.folder())) {
      return new Finding(task.key(), State.MISSING, 0, 0, List.of("expected in " + task.folder()));
    }
    var reading = new Reading();
    try {
      DatasetFolder folder = DatasetFolder.open(task);
      folder.forEach(reading::add);
      int classes = folder.classNames().size();
      if (reading.samples == 0) {
        return finding(task, State.DAMAGED, reading, classes, List.of("it holds no sample"));
      }
      var notes = differences(published, folder, reading);
      return finding(task, notes.isEmpty() ? State.GOOD : State.DIFFERENT, reading, classes, notes);
    } catch (UnavailableException | IOException | DamagedDataException e) {
      return finding(task, State.DAMAGED, reading, 0, List.of(String.valueOf(e.getMessage())));
    } catch (UncheckedIOException | IllegalArgumentException e) {
      return finding(task, State.DAMAGED, reading, 0, List.of(String.valueOf(e.getMessage())));
    }
  }

  private static Finding finding(
      Task task, State state, Reading reading, int classes, List<String> notes) {
    return new Finding(task.key(), state, reading.samples, classes, notes);
  }

  private List<String> differences(
      @Nullable CatalogueEntry published, DatasetFolder folder, Reading reading) {
    var notes = new ArrayList<String>();
    if (reading.repeated != null) {
      notes.add("the key " + reading.repeated + " occurs twice");
    }
    if (published == null) {
      return notes;
    }
    differs(notes, "samples", reading.samples, published.images());
    differs(notes, "class names", folder.classNames().size(), published.classes());
    notes.addAll(subsets.differences(published.key(), folder.classNames(), imageNet));
    differs(notes, "prompts", folder.templates().size(), published.templates());
    return notes;
  }

  private static void differs(List<String> notes, String what, int found, int published) {
    if (published > 0 && found != published) {
      notes.add("%d %s, published are %d".formatted(found, what, published));
    }
  }

  private final class Reading {

    private final Set<String> keys = new HashSet<>();
    private @Nullable String repeated;
    private int samples;

    void add(Sample sample) {
      if (!keys.add(sample.key())) {
        repeated = sample.key();
      }
      for (Picture picture : sample.pictures()) {
        try {
          decoder.decodeAsReference(picture.bytes());
        } catch (IllegalArgumentException e) {
          throw new DamagedDataException(
              "picture of sample %s: %s".formatted(sample.key(), e.getMessage()), e);
        }
      }
      samples++;
    }
  }
}
