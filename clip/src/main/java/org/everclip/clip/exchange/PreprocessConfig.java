package org.everclip.clip.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.everclip.formats.image.Filter;
import org.everclip.formats.image.Fit;
import org.everclip.formats.image.Preprocessing;

/**
 * open_clip's {@code preprocess_cfg}. What is missing there is as CLIP published it; the size is
 * the model's, whatever stands there.
 */
final class PreprocessConfig {

  private static final int WHITE = 255;

  private PreprocessConfig() {}

  static Preprocessing read(JsonNode config, int imageSize) {
    Preprocessing published = Preprocessing.openAi(imageSize);
    if (config.isMissingNode() || config.isNull()) {
      return published;
    }
    Members members = new Members("preprocess_cfg", config);
    members.ignore("size");
    members.only("mode", "RGB");
    float[] mean = members.channels("mean", published.mean());
    float[] std = members.channels("std", published.std());
    members.only("interpolation", "bicubic", "bilinear", "random");
    boolean bilinear = config.path("interpolation").asText().equals("bilinear");
    members.only("resize_mode", "shortest", "longest");
    boolean longest = config.path("resize_mode").asText().equals("longest");
    if (longest) {
      members.only("fill_color", WHITE);
      if (config.path("fill_color").asInt(0) != WHITE) {
        throw new IllegalArgumentException(
            "preprocess_cfg.resize_mode is 'longest' with fill_color 0: supported is 255");
      }
    }
    members.ignore("fill_color");
    members.finish();
    return new Preprocessing(
        imageSize,
        mean,
        std,
        bilinear ? Filter.BILINEAR : Filter.BICUBIC,
        longest ? Fit.PAD_WHITE : Fit.CENTER_CROP);
  }

  static ObjectNode write(Preprocessing preprocessing) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("size", preprocessing.size());
    config.put("mode", "RGB");
    put(config.putArray("mean"), preprocessing.mean());
    put(config.putArray("std"), preprocessing.std());
    config.put("interpolation", preprocessing.filter() == Filter.BILINEAR ? "bilinear" : "bicubic");
    boolean crop = preprocessing.fit() == Fit.CENTER_CROP;
    config.put("resize_mode", crop ? "shortest" : "longest");
    config.put("fill_color", crop ? 0 : WHITE);
    return config;
  }

  private static void put(ArrayNode channels, float[] values) {
    for (float value : values) {
      channels.add(value);
    }
  }
}
