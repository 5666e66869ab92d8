package org.everclip.dashboard.search;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.everclip.clip.ClipModel;
import org.everclip.clip.network.Precision;
import org.everclip.formats.image.DecodeResult;
import org.everclip.formats.image.Decoded;
import org.everclip.formats.image.ImageDecoder;
import org.everclip.formats.image.ImageLimits;
import org.everclip.formats.image.Preprocessing;
import org.everclip.formats.image.Refused;
import org.everclip.formats.image.RgbImage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A teacher of the recipe, loaded by the first query: a page that nobody searches needs no tensor
 * engine. Owns the model; one query at a time.
 */
public final class TeacherTowers implements QueryTowers {

  private static final Logger log = LoggerFactory.getLogger(TeacherTowers.class);
  private static final int SHORT_DIGEST = 12;

  private final Path directory;
  private final ImageDecoder decoder = new ImageDecoder(ImageLimits.defaults());
  private @Nullable ClipModel model;
  private boolean closed;

  /** Towers of the model in a directory, not loaded yet. */
  public TeacherTowers(Path directory) {
    this.directory = directory;
  }

  @Override
  public String name() {
    return String.valueOf(directory.getFileName());
  }

  @Override
  public String spaceId() {
    String digest = model().weightsSha256().substring(0, SHORT_DIGEST);
    return name() + "@" + digest;
  }

  @Override
  public synchronized float[] text(String text) {
    return model().encodeTexts(List.of(text))[0];
  }

  @Override
  public synchronized float[] image(byte[] encoded) {
    DecodeResult result = decoder.decode(encoded);
    if (result instanceof Decoded decoded) {
      Preprocessing preprocessing = model().preprocessing();
      RgbImage square = Preprocessing.padToSquare(decoded.image());
      return model().encodeImages(List.of(preprocessing.apply(square)))[0];
    }
    throw new IllegalArgumentException(
        "this file cannot be searched for: " + ((Refused) result).detail());
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (model != null) {
      model.close();
      model = null;
    }
  }

  private synchronized ClipModel model() {
    if (model != null) {
      return model;
    }
    if (closed) {
      throw new SearchUnavailableException("the page is being stopped");
    }
    try {
      model = ClipModel.load(directory, Precision.FP32);
      log.info("searching with {}", directory);
      return model;
    } catch (IOException | IllegalArgumentException e) {
      throw new SearchUnavailableException(
          "the model "
              + directory
              + " of dashboard.searchModels cannot be loaded: "
              + e.getMessage(),
          e);
    }
  }
}
