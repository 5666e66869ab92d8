package org.everclip.evaluation.task;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.everclip.evaluation.task.Picture.Box;
import org.everclip.formats.numpy.Npy;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.weights.DenseArray;
import org.jspecify.annotations.Nullable;

/**
 * From the members of a shard's sample to what the task's form needs. Source for the members' names
 * and order: CLIP_benchmark, build_wds_dataset; those of associations and choices are our own.
 */
final class SampleParser {

  private static final List<String> IMAGE_MEMBERS = List.of("webp", "png", "jpg", "jpeg");

  private final Path folder;
  private final Scoring scoring;
  private final int classes;
  private final JsonMapper json = JsonMapper.builder().build();

  SampleParser(Path folder, Scoring scoring, int classes) {
    this.folder = folder;
    this.scoring = scoring;
    this.classes = classes;
  }

  /** Member {@code json} of a WinoGAViL instance; the pictures are {@code 0.jpg}, {@code 1.jpg}… */
  private record Instance(String cue, List<String> candidates, List<String> associations) {}

  /** Member {@code json} of a choice. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Options(
      List<String> options, int answer, @Nullable String group, int @Nullable [] box) {}

  /**
   * Parses a sample.
   *
   * @throws DamagedDataException when a member is missing or cannot be read
   */
  Sample parse(ShardSample sample) {
    try {
      if (scoring instanceof Scoring.Retrieval) {
        List<String> captions = PythonLines.of(new String(member(sample, "txt"), UTF_8));
        return new Sample.Captioned(sample.key(), image(sample, ""), captions);
      }
      if (scoring instanceof Scoring.MultiLabel) {
        return tagged(sample);
      }
      if (scoring instanceof Scoring.Association) {
        return association(sample);
      }
      if (scoring instanceof Scoring.Choice choice) {
        return choice(sample, choice.fold());
      }
      if (scoring instanceof Scoring.Faces) {
        return new Sample.Labelled(
            sample.key(), image(sample, ""), 0, array(member(sample, "npy")));
      }
      byte[] metadata = sample.members().get("npy");
      return new Sample.Labelled(
          sample.key(),
          image(sample, ""),
          label(sample),
          metadata == null ? new long[0] : array(metadata));
    } catch (IOException e) {
      throw damaged(sample, String.valueOf(e.getMessage()));
    }
  }

  private int label(ShardSample sample) {
    String text = new String(member(sample, "cls"), US_ASCII).strip();
    try {
      int label = Integer.parseInt(text);
      if (label >= 0 && label < classes) {
        return label;
      }
      throw damaged(sample, "label %d is outside the %d class names".formatted(label, classes));
    } catch (NumberFormatException e) {
      throw damaged(sample, "the label is no number");
    }
  }

  private Sample tagged(ShardSample sample) throws IOException {
    long[] tags = array(member(sample, "npy"));
    if (tags.length != classes) {
      throw damaged(sample, tags.length + " tags for " + classes + " class names");
    }
    boolean[] present = new boolean[tags.length];
    for (int c = 0; c < tags.length; c++) {
      present[c] = tags[c] != 0;
    }
    return new Sample.Tagged(sample.key(), image(sample, ""), present);
  }

  private Sample association(ShardSample sample) throws IOException {
    Instance instance = json.readValue(member(sample, "json"), Instance.class);
    var candidates = new ArrayList<byte[]>();
    Set<Integer> associated = new HashSet<>();
    for (int i = 0; i < instance.candidates().size(); i++) {
      candidates.add(image(sample, i + "."));
      if (instance.associations().contains(instance.candidates().get(i))) {
        associated.add(i);
      }
    }
    if (associated.isEmpty() || instance.cue().isEmpty()) {
      throw damaged(sample, "no cue, or none of the candidates is an association");
    }
    return new Sample.Association(sample.key(), instance.cue(), candidates, associated);
  }

  private Sample choice(ShardSample sample, Scoring.Fold fold) throws IOException {
    Options said = json.readValue(member(sample, "json"), Options.class);
    List<String> options = said.options();
    if (options.size() < 2 || said.answer() < 0 || said.answer() >= options.size()) {
      throw damaged(sample, "the answer is none of at least two options");
    }
    if (fold == Scoring.Fold.ORDER) {
      options = options.stream().map(CaptionCleaner::clean).toList();
    }
    int[] box = said.box();
    if (box != null && box.length != 4) {
      throw damaged(sample, "a box has left, top, width and height");
    }
    Picture picture =
        new Picture(
            image(sample, ""), box == null ? null : new Box(box[0], box[1], box[2], box[3]));
    String group = said.group() == null ? "" : said.group();
    return new Sample.Choice(sample.key(), picture, options, said.answer(), group);
  }

  private byte[] image(ShardSample sample, String prefix) {
    Map<String, byte[]> members = sample.members();
    for (String extension : IMAGE_MEMBERS) {
      byte[] bytes = members.get(prefix + extension);
      if (bytes != null) {
        return bytes;
      }
    }
    throw damaged(sample, "no image member " + prefix + "(webp, png, jpg or jpeg)");
  }

  private byte[] member(ShardSample sample, String extension) {
    byte[] bytes = sample.members().get(extension);
    if (bytes == null) {
      throw damaged(sample, "no ." + extension + " member");
    }
    return bytes;
  }

  /** Whole numbers as they are, others without their fraction, as torch indexes with them. */
  private static long[] array(byte[] npy) throws IOException {
    DenseArray array = Npy.read(npy);
    return switch (array.dtype()) {
      case F16, BF16, F32, F64 -> whole(array.floats());
      default -> array.longs();
    };
  }

  private static long[] whole(float[] values) {
    long[] whole = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      whole[i] = (long) values[i];
    }
    return whole;
  }

  private DamagedDataException damaged(ShardSample sample, String what) {
    return new DamagedDataException(
        "damaged sample " + sample.key() + " in " + folder + ": " + what);
  }
}
