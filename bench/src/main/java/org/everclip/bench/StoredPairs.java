package org.everclip.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.Decoding;
import org.everclip.formats.augment.Augmentation;
import org.everclip.formats.augment.AugmentationRecipe;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * The demo's pairs with their stored reinforcement, made once by the same models and rules as the
 * stream's: A augmentations, S captions, the teachers' rows for each.
 */
final class StoredPairs {

  /**
   * One pair.
   *
   * @param image [teacher][augmentation] unit rows
   * @param synthetic [teacher][caption] unit rows
   * @param real [teacher] unit row of the real caption
   */
  record Pair(
      String id,
      RgbImage square,
      String caption,
      List<Augmentation> augmentations,
      List<String> captions,
      float[][][] image,
      float[][][] synthetic,
      float[][] real) {}

  private static final int GROUP = 16;

  private StoredPairs() {}

  /** Reads shards and reinforces every pair. */
  static List<Pair> reinforce(
      List<Path> shards,
      List<ClipModel> teachers,
      Captioner captioner,
      AugmentationRecipe recipe,
      int augmentations,
      int captions)
      throws IOException {
    return reinforce(
        shards, teachers, captioner, recipe, augmentations, captions, Integer.MAX_VALUE);
  }

  /** Reads shards and reinforces the first pairs. */
  static List<Pair> reinforce(
      List<Path> shards,
      List<ClipModel> teachers,
      Captioner captioner,
      AugmentationRecipe recipe,
      int augmentations,
      int captions,
      int most)
      throws IOException {
    var decoder = new ImageDecoder(ImageLimits.defaults());
    var squares = new ArrayList<RgbImage>();
    var ids = new ArrayList<String>();
    var texts = new ArrayList<String>();
    for (Path shard : shards) {
      try (var reader = new WebDatasetReader(shard)) {
        for (ShardSample sample : reader) {
          if (ids.size() == most) {
            break;
          }
          byte[] image = sample.image().orElseThrow();
          squares.add(Preprocessing.padToSquare(decoder.decodeTrusted(image)));
          ids.add(sample.key());
          texts.add(new String(sample.member("txt").orElseThrow(), UTF_8).strip());
        }
      }
    }
    var pairs = new ArrayList<Pair>();
    for (int from = 0; from < ids.size(); from += GROUP) {
      int to = Math.min(ids.size(), from + GROUP);
      pairs.addAll(
          group(
              ids.subList(from, to),
              squares.subList(from, to),
              texts.subList(from, to),
              teachers,
              captioner,
              recipe,
              augmentations,
              captions));
    }
    return pairs;
  }

  /** The pairs with drawn augmentations and nothing that a model has made. */
  static List<Pair> withViewsAlone(List<Path> shards, AugmentationRecipe recipe, int views)
      throws IOException {
    var decoder = new ImageDecoder(ImageLimits.defaults());
    var pairs = new ArrayList<Pair>();
    for (Path shard : shards) {
      try (var reader = new WebDatasetReader(shard)) {
        for (ShardSample sample : reader) {
          byte[] image = sample.image().orElseThrow();
          RgbImage square = Preprocessing.padToSquare(decoder.decodeTrusted(image));
          pairs.add(
              new Pair(
                  sample.key(),
                  square,
                  new String(sample.member("txt").orElseThrow(), UTF_8).strip(),
                  views(sample.key(), square, recipe, views),
                  List.of(),
                  new float[0][][],
                  new float[0][][],
                  new float[0][]));
        }
      }
    }
    return pairs;
  }

  private static List<Augmentation> views(
      String id, RgbImage square, AugmentationRecipe recipe, int views) {
    var list = new ArrayList<Augmentation>();
    for (int a = 0; a < views; a++) {
      list.add(
          recipe.sample(square.width(), square.height(), 224, AugmentationRecipe.seeded(id, 1, a)));
    }
    return list;
  }

  private static List<Pair> group(
      List<String> ids,
      List<RgbImage> squares,
      List<String> texts,
      List<ClipModel> teachers,
      Captioner captioner,
      AugmentationRecipe recipe,
      int views,
      int captions) {
    int n = ids.size();
    var drawn = new ArrayList<List<Augmentation>>();
    var written = new ArrayList<List<String>>();
    List<RgbImage> forCaptioner = squares.stream().map(captioner.preprocessing()::apply).toList();
    for (int i = 0; i < n; i++) {
      drawn.add(views(ids.get(i), squares.get(i), recipe, views));
      written.add(new ArrayList<>());
    }
    var decoding = new Decoding(Decoding.Method.TOP_P, 0.9, 1, 0.7, 20, 5, 1);
    for (int s = 0; s < captions; s++) {
      long[] seeds = new long[n];
      for (int i = 0; i < n; i++) {
        seeds[i] = 31L * ids.get(i).hashCode() + s;
      }
      List<String> lines = captioner.caption(forCaptioner, decoding, seeds);
      for (int i = 0; i < n; i++) {
        written.get(i).add(lines.get(i));
      }
    }
    float[][][][] image = new float[n][teachers.size()][views][];
    float[][][][] synthetic = new float[n][teachers.size()][captions][];
    float[][][] real = new float[n][teachers.size()][];
    for (int k = 0; k < teachers.size(); k++) {
      ClipModel teacher = teachers.get(k);
      int size = teacher.preprocessing().size();
      for (int i = 0; i < n; i++) {
        RgbImage square = squares.get(i);
        image[i][k] =
            teacher.encodeImages(drawn.get(i).stream().map(a -> a.apply(square, size)).toList());
        synthetic[i][k] = teacher.encodeTexts(written.get(i));
      }
      float[][] rows = teacher.encodeTexts(texts);
      for (int i = 0; i < n; i++) {
        real[i][k] = rows[i];
      }
    }
    var pairs = new ArrayList<Pair>();
    for (int i = 0; i < n; i++) {
      pairs.add(
          new Pair(
              ids.get(i),
              squares.get(i),
              texts.get(i),
              drawn.get(i),
              written.get(i),
              image[i],
              synthetic[i],
              real[i]));
    }
    return pairs;
  }
}
