package org.everclip.reinforce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
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
import org.everclip.formats.embedding.Bfloat16;
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
 * picture. Model calls always have {@value #ROWS} rows, padded if need be, so what comes out does
 * not depend on the company in a batch. Thread-safe.
 */
final class Reinforcer implements PairWork {

  /** The largest batch of the models' own fixed sizes. */
  static final int ROWS = 32;

  private static final JsonMapper JSON = new JsonMapper();

  private final Ensemble ensemble;
  private final Recipe recipe;
  private final ReinforceMeters meters;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());

  Reinforcer(Ensemble ensemble, ReinforceMeters meters) {
    this.ensemble = ensemble;
    this.recipe = ensemble.recipe();
    this.meters = meters;
  }

  /** A pair on its way: the padded picture, what was drawn for it, and its captions. */
  private record Work(
      AcceptedPair pair,
      RgbImage square,
      List<Augmentation> augmentations,
      List<String> captions,
      List<Long> seeds) {}

  @Override
  public List<Reinforcement> reinforce(List<AcceptedPair> pairs) {
    var results = new ArrayList<Reinforcement>(pairs.size());
    var works = new ArrayList<Work>(pairs.size());
    var places = new ArrayList<Integer>(pairs.size());
    for (AcceptedPair pair : pairs) {
      try {
        works.add(meters.stage("decode", 0, () -> prepare(pair)));
        places.add(results.size());
        results.add(new Reinforcement.Refused("not reached"));
      } catch (IllegalArgumentException e) {
        results.add(new Reinforcement.Refused(String.valueOf(e.getMessage())));
      }
    }
    if (!works.isEmpty()) {
      caption(works);
      List<List<TeacherEmbedding>> embeddings = new ArrayList<>();
      var scores = new float[works.size()];
      works.forEach(work -> embeddings.add(new ArrayList<>()));
      var views = new HashMap<Preprocessing, List<RgbImage>>();
      for (Ensemble.Member teacher : ensemble.teachers()) {
        embed(teacher, works, views, embeddings, scores);
      }
      for (int i = 0; i < works.size(); i++) {
        results.set(places.get(i), result(works.get(i), embeddings.get(i), scores[i]));
      }
    }
    return results;
  }

  private Work prepare(AcceptedPair pair) {
    RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(bytes(pair.getImage())));
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
    return new Work(pair, square, augmentations, new ArrayList<>(), seeds);
  }

  private long captionSeed(String pairId, int s) {
    String hex = Sha256.hex("caption:" + pairId + ":" + recipe.seed() + ":" + s);
    return Long.parseUnsignedLong(hex.substring(0, 16), 16);
  }

  private void caption(List<Work> works) {
    var pictures = new ArrayList<RgbImage>();
    var seeds = new ArrayList<Long>();
    Preprocessing preprocessing = ensemble.captioner().preprocessing();
    for (Work work : works) {
      RgbImage picture = preprocessing.apply(work.square());
      for (long seed : work.seeds()) {
        pictures.add(picture);
        seeds.add(seed);
      }
    }
    pad(pictures);
    pad(seeds);
    List<String> captions =
        meters.stage(
            "caption",
            works.size(),
            () ->
                ensemble
                    .captioner()
                    .caption(
                        pictures,
                        recipe.captioner().decoding().decoding(),
                        seeds.stream().mapToLong(Long::longValue).toArray()));
    int next = 0;
    for (Work work : works) {
      for (int s = 0; s < work.seeds().size(); s++) {
        work.captions().add(captions.get(next++));
      }
    }
  }

  private void embed(
      Ensemble.Member teacher,
      List<Work> works,
      Map<Preprocessing, List<RgbImage>> views,
      List<List<TeacherEmbedding>> embeddings,
      float[] scores) {
    ClipModel model = teacher.model();
    List<RgbImage> pictures =
        views.computeIfAbsent(
            model.preprocessing(),
            preprocessing -> meters.stage("augment", 0, () -> views(works, preprocessing)));
    float[][] imageRows =
        meters.stage(
            teacher.name(),
            works.size() * (recipe.augmentationsPerImage() + 1),
            () -> model.encodeImages(pictures));
    var texts = new ArrayList<String>();
    for (Work work : works) {
      texts.add(work.pair().getCaption());
      texts.addAll(work.captions());
    }
    pad(texts);
    float[][] textRows = meters.stage(teacher.name() + "-text", 0, () -> model.encodeTexts(texts));
    int a = recipe.augmentationsPerImage();
    int s = recipe.captionsPerImage();
    for (int i = 0; i < works.size(); i++) {
      int image = i * (a + 1);
      int text = i * (s + 1);
      scores[i] += dot(imageRows[image], textRows[text]) / ensemble.teachers().size();
      embeddings
          .get(i)
          .add(
              new TeacherEmbedding(
                  teacher.id(),
                  model.embedDim(),
                  "bf16",
                  rows(imageRows, image + 1, a),
                  rows(textRows, text + 1, s),
                  rows(textRows, text, 1)));
    }
  }

  /** For each pair the plain picture and its augmentations, as the model takes them. */
  private List<RgbImage> views(List<Work> works, Preprocessing preprocessing) {
    var pictures = new ArrayList<RgbImage>();
    for (Work work : works) {
      pictures.add(preprocessing.apply(work.square()));
      for (Augmentation augmentation : work.augmentations()) {
        pictures.add(augmentation.apply(work.square(), preprocessing.size()));
      }
    }
    pad(pictures);
    return pictures;
  }

  private Reinforcement result(Work work, List<TeacherEmbedding> embeddings, float score) {
    for (TeacherEmbedding embedding : embeddings) {
      for (ByteBuffer rows :
          List.of(embedding.getImage(), embedding.getCaption(), embedding.getText())) {
        for (float value : Bfloat16.decode(bytes(rows))) {
          if (!Float.isFinite(value)) {
            return new Reinforcement.Refused(
                "teacher " + embedding.getTeacherId() + " gave an embedding that is not finite");
          }
        }
      }
    }
    var captions = new ArrayList<SyntheticCaption>();
    for (int s = 0; s < work.seeds().size(); s++) {
      captions.add(
          new SyntheticCaption(
              work.captions().get(s), ensemble.captionerId(), decoding(work.seeds().get(s))));
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

  private static ByteBuffer rows(float[][] rows, int from, int count) {
    int width = rows[from].length;
    var flat = new float[count * width];
    for (int row = 0; row < count; row++) {
      System.arraycopy(rows[from + row], 0, flat, row * width, width);
    }
    return ByteBuffer.wrap(Bfloat16.encode(flat));
  }

  private static byte[] bytes(ByteBuffer buffer) {
    var bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
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
