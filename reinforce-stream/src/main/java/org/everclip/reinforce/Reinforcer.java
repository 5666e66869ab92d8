package org.everclip.reinforce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.everclip.clip.ClipModel;
import org.everclip.contracts.Sha256;
import org.everclip.contracts.avro.AcceptedPair;
import org.everclip.contracts.avro.ReinforcedPair;
import org.everclip.contracts.avro.SyntheticCaption;
import org.everclip.contracts.avro.TeacherEmbedding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;

/**
 * Dataset reinforcement (MobileCLIP, section 4) of several pairs at once: augmentations drawn from
 * the picture padded to a white square, synthetic captions, and every teacher's embeddings of the
 * augmented pictures, the synthetic captions and the real caption. Knows neither Kafka nor Flink.
 *
 * <p>The quality score is the mean over teachers of the cosine of the real caption and the picture
 * without augmentation.
 *
 * <p>Augmentations depend on (pairId, seed, index) and captions on (pairId, seed, index) and the
 * picture. A model's calls always have the same number of rows, padded if need be, so what comes
 * out does not depend on the company in a batch. Thread-safe.
 */
final class Reinforcer implements PairWork<Reinforcer.Work> {

  /** Pictures of a call, the largest of the models' own fixed sizes. */
  static final int ROWS = 32;

  /** Texts of a call; fewer than pictures, as texts of every length have calls of their own. */
  static final int TEXT_ROWS = 16;

  private static final JsonMapper JSON = new JsonMapper();

  private final Ensemble ensemble;
  private final Recipe recipe;
  private final ReinforceMeters meters;
  private final ModelWatch watch;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  /** With a watch that stops the work when a model cannot be right. */
  Reinforcer(Ensemble ensemble, ReinforceMeters meters) {
    this(ensemble, meters, ModelWatch.over(ensemble, OnBadModel.STOP));
  }

  Reinforcer(Ensemble ensemble, ReinforceMeters meters, ModelWatch watch) {
    this.ensemble = ensemble;
    this.recipe = ensemble.recipe();
    this.meters = meters;
    this.watch = watch;
  }

  /**
   * A pair on its way: what was drawn for it, its pictures as the models take them, its captions.
   *
   * @param picture as the captioner takes it
   * @param views for each size that teachers take, the plain picture and its augmentations
   */
  record Work(
      AcceptedPair pair,
      List<Augmentation> augmentations,
      List<Long> seeds,
      RgbImage picture,
      Map<Preprocessing, List<RgbImage>> views) {}

  /** Decodes and augments one pair. */
  @Override
  public Work prepare(AcceptedPair pair) {
    RgbImage square =
        meters.stage(
            "decode",
            0,
            () -> Preprocessing.padToSquare(decoder.decodeTrusted(bytes(pair.getImage()))));
    return meters.stage("augment", 0, () -> prepare(pair, square));
  }

  /**
   * All the models' work on pairs of one batch.
   *
   * @throws BadModelException when a model cannot be right and the work is to stop then
   */
  @Override
  public List<Reinforcement> reinforce(List<Work> works) {
    List<List<String>> captions = captions(works);
    List<List<TeacherEmbedding>> embeddings = new ArrayList<>();
    List<ModelWatch.Seen> seen = new ArrayList<>();
    var scores = new float[works.size()];
    for (List<String> texts : captions) {
      embeddings.add(new ArrayList<>());
      seen.add(new ModelWatch.Seen(texts, new ArrayList<>()));
    }
    for (Ensemble.Member teacher : ensemble.teachers()) {
      embed(teacher, works, captions, embeddings, seen, scores);
    }
    watch.look(seen);
    boolean wrong = !watch.troubles().isEmpty();
    if (wrong && watch.action() == OnBadModel.STOP) {
      throw new BadModelException(watch.advice());
    }
    var results = new ArrayList<Reinforcement>(works.size());
    for (int i = 0; i < works.size(); i++) {
      results.add(
          wrong && watch.action() == OnBadModel.QUARANTINE
              ? new Reinforcement.Refused("quarantined: " + watch.advice())
              : result(works.get(i), captions.get(i), embeddings.get(i), scores[i]));
    }
    return results;
  }

  private Work prepare(AcceptedPair pair, RgbImage square) {
    var augmentations = new ArrayList<Augmentation>(recipe.augmentationsPerImage());
    for (int i = 0; i < recipe.augmentationsPerImage(); i++) {
      var random = AugmentationRecipe.seeded(pair.getPairId(), recipe.seed(), i);
      augmentations.add(
          recipe
              .augmentation()
              .sample(square.width(), square.height(), ensemble.imageSize(), random));
    }
    var seeds = new ArrayList<Long>(recipe.captionsPerImage());
    for (int s = 0; s < recipe.captionsPerImage(); s++) {
      seeds.add(captionSeed(pair.getPairId(), s));
    }
    var views = new HashMap<Preprocessing, List<RgbImage>>();
    for (Ensemble.Member teacher : ensemble.teachers()) {
      views.computeIfAbsent(
          teacher.model().preprocessing(),
          preprocessing -> views(square, augmentations, preprocessing));
    }
    RgbImage picture = ensemble.captioner().preprocessing().apply(square);
    return new Work(pair, augmentations, seeds, picture, views);
  }

  private long captionSeed(String pairId, int s) {
    String hex = Sha256.hex("caption:" + pairId + ":" + recipe.seed() + ":" + s);
    return Long.parseUnsignedLong(hex.substring(0, 16), 16);
  }

  private List<List<String>> captions(List<Work> works) {
    List<RgbImage> pictures = works.stream().map(Work::picture).toList();
    var seeds =
        works.stream()
            .map(work -> work.seeds().stream().mapToLong(Long::longValue).toArray())
            .toArray(long[][]::new);
    return meters.stage(
        "caption",
        works.size(),
        () ->
            ensemble
                .captioner()
                .caption(pictures, recipe.captioner().decoding().decoding(), seeds));
  }

  private void embed(
      Ensemble.Member teacher,
      List<Work> works,
      List<List<String>> captions,
      List<List<TeacherEmbedding>> embeddings,
      List<ModelWatch.Seen> seen,
      float[] scores) {
    ClipModel model = teacher.model();
    var pictures = new ArrayList<RgbImage>();
    for (Work work : works) {
      pictures.addAll(work.views().get(model.preprocessing()));
    }
    pad(pictures);
    float[][] imageRows =
        meters.stage(
            teacher.name(),
            works.size() * (recipe.augmentationsPerImage() + 1),
            () -> model.encodeImages(pictures));
    var texts = new ArrayList<String>();
    for (int i = 0; i < works.size(); i++) {
      texts.add(works.get(i).pair().getCaption());
      texts.addAll(captions.get(i));
    }
    float[][] textRows =
        meters.stage(teacher.name() + "-text", 0, () -> model.encodeTexts(texts, TEXT_ROWS));
    int a = recipe.augmentationsPerImage();
    int s = recipe.captionsPerImage();
    for (int i = 0; i < works.size(); i++) {
      int image = i * (a + 1);
      int text = i * (s + 1);
      scores[i] += dot(imageRows[image], textRows[text]) / ensemble.teachers().size();
      seen.get(i)
          .rows()
          .add(
              new TeacherStatistics.Rows(
                  imageRows[image],
                  mean(imageRows, image + 1, a),
                  textRows[text],
                  mean(textRows, text + 1, s),
                  texts.get(text)));
      embeddings
          .get(i)
          .add(
              TeacherRows.store(
                  teacher.id(),
                  recipe.embeddings(),
                  Arrays.asList(imageRows).subList(image + 1, image + 1 + a),
                  Arrays.asList(textRows).subList(text + 1, text + 1 + s),
                  textRows[text]));
    }
  }

  /** The plain picture and its augmentations, as a model takes them. */
  private static List<RgbImage> views(
      RgbImage square, List<Augmentation> augmentations, Preprocessing preprocessing) {
    var pictures = new ArrayList<RgbImage>();
    pictures.add(preprocessing.apply(square));
    for (Augmentation augmentation : augmentations) {
      pictures.add(augmentation.apply(square, preprocessing.size()));
    }
    return pictures;
  }

  private Reinforcement result(
      Work work, List<String> texts, List<TeacherEmbedding> embeddings, float score) {
    for (TeacherEmbedding embedding : embeddings) {
      if (!TeacherRows.finite(embedding)) {
        return new Reinforcement.Refused(
            "teacher " + embedding.getTeacherId() + " gave an embedding that is not finite");
      }
    }
    var captions = new ArrayList<SyntheticCaption>();
    for (int s = 0; s < work.seeds().size(); s++) {
      captions.add(
          new SyntheticCaption(
              texts.get(s), ensemble.captionerId(), decoding(work.seeds().get(s))));
    }
    return new Reinforcement.Reinforced(
        new ReinforcedPair(
            work.pair(),
            ensemble.reinforcementVersion(),
            captions,
            work.augmentations().stream().map(Augmentation::toJson).toList(),
            embeddings,
            score,
            Instant.now()));
  }

  private String decoding(long seed) {
    Recipe.Nucleus nucleus = recipe.captioner().decoding();
    var json = JSON.createObjectNode();
    json.put("topP", nucleus.topP());
    json.put("temperature", nucleus.temperature());
    json.put("minLength", nucleus.minLength());
    json.put("maxLength", nucleus.maxLength());
    json.put("repetitionPenalty", nucleus.repetitionPenalty());
    json.put("seed", seed);
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError("plain numbers are JSON", e);
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    var bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static float[] mean(float[][] rows, int from, int count) {
    var mean = new float[rows[from].length];
    for (int row = from; row < from + count; row++) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += rows[row][i] / count;
      }
    }
    return mean;
  }

  private static float dot(float[] a, float[] b) {
    float sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * Repeats the first row until the model's calls are full; the extra answers are not looked at.
   */
  private static <T> void pad(List<T> rows) {
    while (rows.size() % ROWS != 0) {
      rows.add(rows.get(0));
    }
  }
}
