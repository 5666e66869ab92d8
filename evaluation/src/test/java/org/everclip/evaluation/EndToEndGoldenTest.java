package org.everclip.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.everclip.evaluation.task.DatasetFolder;
import org.everclip.evaluation.task.Task;
import org.everclip.evaluation.task.TaskCatalogue;
import org.everclip.formats.image.RgbImage;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole data sets from their tars against the metrics that DataComp's evaluate functions printed
 * for them, with the goldens' stand-in model: an image is the mean colour of its quadrants, a text
 * is looked up.
 */
class EndToEndGoldenTest {

  private static final Path DATASETS = Path.of("src/test/resources/datasets");

  @ParameterizedTest
  @ValueSource(strings = {"wds_tiny-shapes_test", "wds_tiny-retrieval_test"})
  void givesTheReferencesMetrics(String dataset) throws Exception {
    JsonNode golden = golden(dataset);
    Task task =
        TaskCatalogue.local(DATASETS).stream()
            .filter(t -> t.name().equals(dataset))
            .findFirst()
            .orElseThrow();

    TaskOutcome outcome =
        new TaskRunner(new QuadrantModel(golden.path("text_embeddings")))
            .run(DatasetFolder.open(task));

    assertThat(outcome.samples()).isEqualTo(golden.path("keys").size());
    golden
        .path("metrics")
        .properties()
        .forEach(
            expected -> {
              if (!expected.getValue().isNull()) {
                assertThat(outcome.metrics().get(expected.getKey()))
                    .as(expected.getKey())
                    .isCloseTo(expected.getValue().asDouble(), within(1e-6));
              }
            });
  }

  private static JsonNode golden(String dataset) throws IOException {
    JsonNode root =
        JsonMapper.builder()
            .build()
            .readTree(EndToEndGoldenTest.class.getResource("/goldens/end_to_end.json"));
    return StreamSupport.stream(root.path("cases").spliterator(), false)
        .filter(node -> node.path("dataset").asText().equals(dataset))
        .findFirst()
        .orElseThrow();
  }

  private record QuadrantModel(JsonNode texts) implements EvaluatedModel {

    @Override
    public RgbImage preprocess(RgbImage image) {
      return image;
    }

    @Override
    public float[][] encodeImages(List<RgbImage> images) {
      return images.stream().map(QuadrantModel::quadrants).toArray(float[][]::new);
    }

    @Override
    public float[][] encodeTexts(List<String> captions) {
      return captions.stream()
          .map(
              caption -> {
                JsonNode row = texts.path(caption);
                assertThat(row.isArray())
                    .as("prompt '%s' is one of the goldens'", caption)
                    .isTrue();
                float[] values = new float[row.size()];
                for (int i = 0; i < values.length; i++) {
                  values[i] = (float) row.path(i).asDouble();
                }
                return unit(values);
              })
          .toArray(float[][]::new);
    }

    @Override
    public void close() {}

    private static float[] quadrants(RgbImage image) {
      int halfWidth = image.width() / 2;
      int halfHeight = image.height() / 2;
      float[] row = new float[12];
      for (int q = 0; q < 4; q++) {
        int left = q % 2 == 0 ? 0 : halfWidth;
        int right = q % 2 == 0 ? halfWidth : image.width();
        int top = q < 2 ? 0 : halfHeight;
        int bottom = q < 2 ? halfHeight : image.height();
        for (int c = 0; c < 3; c++) {
          double sum = 0;
          for (int y = top; y < bottom; y++) {
            for (int x = left; x < right; x++) {
              sum += image.pixels()[3 * (y * image.width() + x) + c] & 0xff;
            }
          }
          row[3 * q + c] = (float) (sum / ((right - left) * (bottom - top)) / 255 - 0.5);
        }
      }
      return unit(row);
    }

    private static float[] unit(float[] row) {
      double square = 0;
      for (float value : row) {
        square += (double) value * value;
      }
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) (row[i] / Math.sqrt(square));
      }
      return row;
    }
  }
}
