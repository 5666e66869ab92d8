package org.everclip.ingest.gate;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.StoredReinforcement;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.Step;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.formats.embedding.EmbeddingRows;

/**
 * Judges a reinforcement that came with a pair, because nobody vouches for it: counts that fit each
 * other, crops inside the picture, unit rows of each teacher (reference: dataset format, section
 * 5). Gives it a version of its own, which no recipe of this system can have. Thread-safe.
 */
final class ReinforcementRules {

  /** What all versions of imported reinforcements begin with. */
  static final String VERSION_PREFIX = "datacompdr-";

  /** The trainer holds a picture padded to a square, so this is 12 MB there. */
  static final int MAX_SIDE = 2048;

  private static final int MAX_ROWS = 1000;
  private static final int MAX_TEACHERS = 16;
  private static final int MAX_DIM = 8192;
  private static final int MAX_NAME_CHARS = 256;
  private static final int MAX_DECODING_CHARS = 4096;
  private static final int VERSION_DIGITS = 16;
  private static final double NORM_TOLERANCE = 1e-2;

  private final CaptionRules captions;

  ReinforcementRules(CaptionRules captions) {
    this.captions = captions;
  }

  /** It does not fit; the message says what was expected and what came. */
  static final class Misfit extends Exception {
    private static final long serialVersionUID = 1;

    Misfit(String message) {
      super("reinforcement: " + message);
    }
  }

  /**
   * Checks a reinforcement.
   *
   * @param side of the picture padded to a square
   * @return the same with clean captions, version and score
   */
  StoredReinforcement check(StoredReinforcement given, int side) throws Misfit {
    int augmentations = given.getAugmentations().size();
    expect(augmentations >= 1 && augmentations <= MAX_ROWS, "1 to 1000 augmentations", "");
    expect(given.getCaptions().size() <= MAX_ROWS, "at most 1000 captions", "");
    for (String augmentation : given.getAugmentations()) {
      crop(augmentation, side);
    }
    List<SyntheticCaption> clean = captions(given);
    List<TeacherEmbedding> teachers = given.getTeacherEmbeddings();
    expect(!teachers.isEmpty() && teachers.size() <= MAX_TEACHERS, "1 to 16 teachers", "");
    double score = 0;
    for (TeacherEmbedding teacher : teachers) {
      score += score(teacher, augmentations, clean.size()) / teachers.size();
    }
    return StoredReinforcement.newBuilder(given)
        .setCaptions(clean)
        .setReinforcementVersion(version(given))
        .setQualityScore((float) score)
        .build();
  }

  private static void crop(String json, int side) throws Misfit {
    List<Step> steps;
    try {
      steps = Augmentation.parse(json).steps();
    } catch (IllegalArgumentException e) {
      throw new Misfit(String.valueOf(e.getMessage()));
    }
    expect(
        !steps.isEmpty()
            && steps.get(0) instanceof Step.ResizedCrop crop
            && crop.top() >= 0
            && crop.left() >= 0
            && crop.height() >= 1
            && crop.width() >= 1
            && (long) crop.top() + crop.height() <= side
            && (long) crop.left() + crop.width() <= side,
        "an augmentation that begins with a crop inside the square of " + side,
        json);
  }

  private List<SyntheticCaption> captions(StoredReinforcement given) throws Misfit {
    var clean = new ArrayList<SyntheticCaption>();
    for (SyntheticCaption caption : given.getCaptions()) {
      name("captionerId", caption.getCaptionerId(), MAX_NAME_CHARS);
      name("decoding", caption.getDecoding(), MAX_DECODING_CHARS);
      if (captions.check(caption.getText()) instanceof CaptionRules.Outcome.Clean text) {
        clean.add(
            new SyntheticCaption(text.caption(), caption.getCaptionerId(), caption.getDecoding()));
      } else {
        throw new Misfit("expected usable captions, got '" + clip(caption.getText()) + "'");
      }
    }
    return clean;
  }

  private static double score(TeacherEmbedding teacher, int augmentations, int captions)
      throws Misfit {
    name("teacherId", teacher.getTeacherId(), MAX_NAME_CHARS);
    int dim = teacher.getDim();
    expect(dim >= 1 && dim <= MAX_DIM, "1 to 8192 values a row", dim + "");
    float[] images = rows(teacher, "image", teacher.getImage(), augmentations);
    rows(teacher, "caption", teacher.getCaption(), captions);
    float[] text = rows(teacher, "text", teacher.getText(), 1);
    double sum = 0;
    for (int i = 0; i < images.length; i++) {
      sum += (double) images[i] * text[i % dim];
    }
    return sum / augmentations;
  }

  private static float[] rows(TeacherEmbedding teacher, String what, ByteBuffer given, int rows)
      throws Misfit {
    int dim = teacher.getDim();
    EmbeddingRows stored;
    float[] values;
    try {
      stored = EmbeddingEncoding.of(teacher.getEncoding()).open(given, dim);
      values = stored.values();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new Misfit(what + " of " + clip(teacher.getTeacherId()) + ": " + e.getMessage());
    }
    expect(
        stored.rows() == rows,
        "%d x %d values of %s of %s".formatted(rows, dim, what, clip(teacher.getTeacherId())),
        values.length + "");
    for (int row = 0; row < rows; row++) {
      double square = 0;
      for (int i = row * dim; i < (row + 1) * dim; i++) {
        square += (double) values[i] * values[i];
      }
      // Written so that a NaN fails.
      expect(
          Math.abs(Math.sqrt(square) - 1) <= NORM_TOLERANCE,
          "unit rows of " + what + " of " + clip(teacher.getTeacherId()),
          Math.sqrt(square) + "");
    }
    return values;
  }

  private static String version(StoredReinforcement given) {
    var captioners = new TreeSet<String>();
    given.getCaptions().forEach(caption -> captioners.add(caption.getCaptionerId()));
    var text = new StringBuilder();
    text.append(given.getAugmentations().size()).append('\n');
    text.append(given.getCaptions().size()).append('\n').append(captioners).append('\n');
    for (TeacherEmbedding teacher : given.getTeacherEmbeddings()) {
      text.append(teacher.getTeacherId()).append(' ').append(teacher.getDim()).append('\n');
    }
    return VERSION_PREFIX + Sha256.hex(text.toString()).substring(0, VERSION_DIGITS);
  }

  private static void name(String what, String name, int most) throws Misfit {
    expect(
        !name.isBlank() && name.length() <= most, what + " of 1 to " + most + " characters", name);
  }

  private static void expect(boolean fits, String expected, String got) throws Misfit {
    if (!fits) {
      throw new Misfit("expected " + expected + (got.isEmpty() ? "" : ", got '" + clip(got) + "'"));
    }
  }

  private static String clip(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
