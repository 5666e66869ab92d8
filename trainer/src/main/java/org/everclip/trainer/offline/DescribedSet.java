package org.everclip.trainer.offline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.Resampler;
import org.everclip.formats.image.RgbImage;
import org.everclip.formats.shard.ShardSample;
import org.everclip.formats.shard.WebDatasetReader;

/**
 * Reads WebDataset shards into memory: pictures on white squares, texts from {@code .txt} and,
 * where present, from {@code .json} (captions, keywords, category, concept, licence, language).
 */
final class DescribedSet {

  private static final Set<String> PERMISSIVE =
      Set.of(
          "CC-PublicDomain",
          "Public-Domain",
          "CC0-1.0",
          "CC-BY-2.0",
          "CC-BY-3.0",
          "CC-BY-4.0",
          "MIT",
          "Apache-2.0",
          "BSD-3-Clause");
  private static final Set<String> CODED = Set.of("shortcode", "filename", "commons-file-name");
  private static final Set<String> NO_TARGET =
      Set.of("shortcode", "filename", "commons-file-name", "keywords", "name-caps");
  private static final int SERIES = 4;

  private final ObjectMapper mapper = new ObjectMapper();
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
  private final int side;
  private final boolean permissiveOnly;
  private final List<Described> samples = new ArrayList<>();
  private int passedOver;

  private DescribedSet(int side, boolean permissiveOnly) {
    this.side = side;
    this.permissiveOnly = permissiveOnly;
  }

  /**
   * Reads shards, folders of shards and patterns of them.
   *
   * @param side the largest side in pixels that is kept
   */
  static List<Described> read(List<String> sources, int side, boolean permissiveOnly)
      throws IOException {
    DescribedSet set = new DescribedSet(side, permissiveOnly);
    for (String source : sources) {
      for (Path shard : shards(source)) {
        set.add(shard);
      }
    }
    if (set.samples.isEmpty()) {
      throw new IOException(
          "Expected pictures with captions in %s, but none of %d samples could be used"
              .formatted(sources, set.passedOver));
    }
    return withoutSeries(set.samples);
  }

  /** The shards of a folder or a pattern. */
  static List<Path> shards(String source) throws IOException {
    Path path = Path.of(source).toAbsolutePath().normalize();
    return WebDatasetReader.expand(Files.isDirectory(path) ? path + "/*.tar" : path.toString());
  }

  private void add(Path shard) throws IOException {
    try (WebDatasetReader reader = new WebDatasetReader(shard)) {
      for (ShardSample sample : reader) {
        if (!add(sample)) {
          passedOver++;
        }
      }
    }
  }

  private boolean add(ShardSample sample) throws IOException {
    JsonNode json =
        mapper.readTree(sample.member("json").orElse("{}".getBytes(StandardCharsets.UTF_8)));
    if (permissiveOnly && !PERMISSIVE.contains(json.path("license").asText())) {
      return false;
    }
    byte[] bytes = sample.image().orElse(new byte[0]);
    DecodeResult result = decoder.decode(bytes);
    if (!(result instanceof Decoded decoded)) {
      return false;
    }
    Texts texts = new Texts();
    String caption = new String(sample.member("txt").orElse(new byte[0]), StandardCharsets.UTF_8);
    texts.add(json.path("caption_field").asText(), json.path("lang").asText("en"), caption);
    for (JsonNode other : json.path("other_captions")) {
      texts.add(
          other.path("field").asText(),
          other.path("lang").asText("en"),
          other.path("text").asText());
    }
    if (texts.all.isEmpty()) {
      return false;
    }
    List<String> keywords = new ArrayList<>();
    json.path("keywords").forEach(keyword -> keywords.add(keyword.asText()));
    keywords.removeIf(keyword -> keyword.isBlank() || keyword.matches("0x.*|hash"));
    samples.add(
        new Described(
            square(decoded.image()),
            List.copyOf(texts.all),
            List.copyOf(texts.targets),
            keywords,
            json.path("category").asText(""),
            json.path("concept").asText(sample.key())));
    return true;
  }

  private RgbImage square(RgbImage image) {
    RgbImage square = Preprocessing.padToSquare(image);
    return square.width() <= side ? square : Resampler.resize(square, side, side, Filter.BICUBIC);
  }

  /** A text that many pictures share says nothing that a captioner should learn. */
  private static List<Described> withoutSeries(List<Described> samples) {
    Map<String, Integer> uses = new HashMap<>();
    samples.forEach(sample -> sample.targets().forEach(text -> uses.merge(text, 1, Integer::sum)));
    return samples.stream()
        .map(
            sample ->
                new Described(
                    sample.image(),
                    sample.texts(),
                    sample.targets().stream()
                        .filter(text -> uses.getOrDefault(text, 0) <= SERIES)
                        .toList(),
                    sample.keywords(),
                    sample.category(),
                    sample.concept()))
        .toList();
  }

  /** Collects the texts of one picture; foreign ones only if nothing else is there. */
  private static final class Texts {
    private final Set<String> all = new LinkedHashSet<>();
    private final Set<String> targets = new LinkedHashSet<>();

    void add(String field, String language, String text) {
      String words = CODED.contains(field) ? words(text) : text.strip();
      if (words.isEmpty() || (!language.equals("en") && !language.isEmpty() && !all.isEmpty())) {
        return;
      }
      all.add(words);
      if (language.equals("en") && !NO_TARGET.contains(field)) {
        targets.add(words);
      }
    }

    private static String words(String code) {
      return code.replaceFirst("\\.[A-Za-z]{2,4}$", "").replaceAll("[:_-]+", " ").strip();
    }
  }
}
