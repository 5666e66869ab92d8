package org.everclip.evaluation.benchmarks;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Which of ImageNet's thousand classes those of ImageNet-A, -O and -R are. They are scored among
 * their own 200 names, without any mask; a folder whose names are not those of the subset measures
 * something else. Source: CLIP_benchmark, datasets/builder.py.
 *
 * @param subsets by task key: the ImageNet-1k class of each label
 */
record ImageNetSubsets(String source, String meaning, Map<String, List<Integer>> subsets) {

  static ImageNetSubsets load() {
    try (InputStream in = ImageNetSubsets.class.getResourceAsStream("/imagenet-subsets.json")) {
      return JsonMapper.builder().build().readValue(in, ImageNetSubsets.class);
    } catch (IOException e) {
      throw new UncheckedIOException("the subsets are part of this jar", e);
    }
  }

  /**
   * Compares a subset's names with ImageNet-1k's.
   *
   * @return what differs, in words; empty when nothing does or the task is no subset
   */
  List<String> differences(String task, List<String> names, List<String> imagenet) {
    List<Integer> classes = subsets.getOrDefault(task, List.of());
    var different = new ArrayList<String>();
    for (int label = 0; label < Math.min(classes.size(), names.size()); label++) {
      int of = classes.get(label);
      if (of < imagenet.size() && !names.get(label).equals(imagenet.get(of))) {
        different.add("'%s' for '%s'".formatted(names.get(label), imagenet.get(of)));
      }
    }
    return different.isEmpty()
        ? List.of()
        : List.of(
            "%d class names are not those of the imagenet1k beside it, the first: %s"
                .formatted(different.size(), different.get(0)));
  }
}
