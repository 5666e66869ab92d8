package org.everclip.contracts;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What others published of reference models on the 38 DataComp tasks: anchors for tables and
 * curves. Task keys are those of {@code models.evaluations}. Figures only, no model; they may be
 * compared with ours task by task, and with an average of ours only when that covers as many tasks.
 *
 * @param source where the figures were printed
 */
public record PublishedResults(String source, List<Model> models) {

  public PublishedResults {
    models = List.copyOf(models);
  }

  /**
   * One model's figures.
   *
   * @param id e.g. {@code mobileclip_s0}
   * @param imageLatencyMs of the paper's phone, null where none was printed
   * @param seenSamplesB billions of samples seen in training
   * @param clevrDistanceColumns 5 or 6: whether the class with the empty name was dropped
   * @param averages fractions by family: imagenet, imagenet_shift, vtab, retrieval, all38
   * @param tasks main metric by task key, a fraction
   */
  public record Model(
      String id,
      String name,
      String family,
      double imageParametersM,
      double textParametersM,
      @Nullable Double imageLatencyMs,
      @Nullable Double textLatencyMs,
      @Nullable Double seenSamplesB,
      int clevrDistanceColumns,
      Map<String, Double> averages,
      Map<String, Double> tasks) {

    public Model {
      averages = Map.copyOf(averages);
      tasks = Map.copyOf(tasks);
    }
  }

  /** Reads the figures that this jar holds. */
  public static PublishedResults load() {
    try (InputStream in = PublishedResults.class.getResourceAsStream("/published-results.json")) {
      return JsonMapper.builder().build().readValue(in, PublishedResults.class);
    } catch (IOException e) {
      throw new UncheckedIOException("the published results are part of this jar", e);
    }
  }

  /** The figures of one model. */
  public Optional<Model> model(String id) {
    return models.stream().filter(model -> model.id().equals(id)).findFirst();
  }
}
