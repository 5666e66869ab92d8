package org.everclip.evaluation.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ImageNetSubsetsTest {

  private final ImageNetSubsets subsets = ImageNetSubsets.load();
  private final List<String> imageNet =
      IntStream.range(0, 1000).mapToObj(c -> "class " + c).toList();

  @Test
  void threeSubsetsOfTwoHundredClassesInAscendingOrder() {
    assertThat(subsets.subsets()).containsOnlyKeys("imagenet-a", "imagenet-o", "imagenet-r");
    subsets
        .subsets()
        .values()
        .forEach(classes -> assertThat(classes).hasSize(200).isSorted().doesNotHaveDuplicates());
  }

  @Test
  void namesOfOtherClassesAreNoticed() {
    var names =
        new ArrayList<>(
            subsets.subsets().getOrDefault("imagenet-a", List.of()).stream()
                .map(imageNet::get)
                .toList());
    assertThat(subsets.differences("imagenet-a", names, imageNet)).isEmpty();
    assertThat(subsets.differences("imagenet-r", names, imageNet)).isNotEmpty();

    names.set(0, "class 0");
    assertThat(subsets.differences("imagenet-a", names, imageNet).get(0))
        .startsWith("1 class names")
        .contains("'class 0' for 'class 6'");
    assertThat(subsets.differences("mnist", names, imageNet)).isEmpty();
  }
}
