package org.everclip.evaluation.task;

import java.util.List;

/**
 * One image to be judged.
 *
 * @param image encoded bytes, not copied
 * @param label class index, -1 in retrieval sets
 * @param captions its captions, empty in classification sets
 */
public record Sample(String key, byte[] image, int label, List<String> captions) {

  public Sample {
    captions = List.copyOf(captions);
  }
}
