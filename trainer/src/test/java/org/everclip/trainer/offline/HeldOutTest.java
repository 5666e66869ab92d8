package org.everclip.trainer.offline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.api.Test;

class HeldOutTest {

  private static final RgbImage PICTURE = RgbImage.filled(8, 8, 0);

  @Test
  void ranksCountBetterRowsAndHalfOfTies() {
    float[][] rows = {{1, 0}, {0, 1}, {1, 0}};
    float[][] columns = {{1, 0}, {1, 0}, {0, 1}};

    assertThat(HeldOut.ranks(rows, columns)).containsExactly(0.5, 1.5, 2);
  }

  @Test
  void recallIsTheMeanOfBothDirections() {
    HeldOut set = HeldOut.pairs("pairs", List.of(pair("one"), pair("two"), pair("one")));

    HeldOut.Scores scores =
        set.evaluate(
            new EmbeddingModel() {
              @Override
              public float[][] images(List<RgbImage> images) {
                return new float[][] {{1, 0}, {0, 1}};
              }

              @Override
              public float[][] texts(List<String> texts) {
                return new float[][] {{1, 0}, {0.9f, 0.1f}};
              }
            });

    assertThat(set.size()).isEqualTo(2);
    assertThat(scores.recallAt1()).isEqualTo(75);
    assertThat(scores.recallAt5()).isEqualTo(100);
    assertThat(scores.accuracy()).isNaN();
  }

  @Test
  void meansLeaveOutSetsWithoutTheMeasure() {
    HeldOut.Scores mean =
        HeldOut.mean(
            List.of(
                new HeldOut.Scores(10, 20, Double.NaN),
                new HeldOut.Scores(Double.NaN, Double.NaN, 50)));

    assertThat(mean).isEqualTo(new HeldOut.Scores(10, 20, 50));
  }

  private static Described pair(String text) {
    return new Described(PICTURE, List.of(text), List.of(text), List.of(), "", text);
  }
}
