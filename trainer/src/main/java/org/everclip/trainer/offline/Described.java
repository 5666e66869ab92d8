package org.everclip.trainer.offline;

import java.util.List;
import org.everclip.formats.image.RgbImage;

/**
 * A picture with everything that is written about it.
 *
 * @param image a square no larger than needed
 * @param texts sentences, titles, labels; the first is the sample's caption
 * @param targets the texts that a captioner may learn to write; never short codes or file names
 * @param concept what it shows, the same for all drawings of it; the key where there is none
 */
record Described(
    RgbImage image,
    List<String> texts,
    List<String> targets,
    List<String> keywords,
    String category,
    String concept) {

  Described {
    texts = List.copyOf(texts);
    targets = List.copyOf(targets);
    keywords = List.copyOf(keywords);
  }
}
