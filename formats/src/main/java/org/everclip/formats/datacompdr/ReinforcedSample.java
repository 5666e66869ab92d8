package org.everclip.formats.datacompdr;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.everclip.formats.augment.Augmentation;

/**
 * A reinforced image-text pair. All embeddings of a row stand side by side, one block a teacher, in
 * the order in which the set names its teachers.
 *
 * @param image encoded; absent in the published sets
 * @param caption the original one; absent in the published sets
 * @param synthetic captions of each captioner, by the name of its field such as {@code syn_text}
 * @param imageEmbeddings one row an augmentation, in their order
 * @param captionEmbedding one row, of the original caption
 * @param syntheticEmbeddings one row a caption, by the names of {@code synthetic}
 * @param rest the other fields of the record, a JSON object as it stands in the shard
 */
public record ReinforcedSample(
    String key,
    Optional<byte[]> image,
    Optional<String> caption,
    Optional<String> url,
    List<Augmentation> augmentations,
    Map<String, List<String>> synthetic,
    Matrix imageEmbeddings,
    Matrix captionEmbedding,
    Map<String, Matrix> syntheticEmbeddings,
    Optional<String> rest) {
  public ReinforcedSample {
    augmentations = List.copyOf(augmentations);
    synthetic = ordered(synthetic);
    syntheticEmbeddings = ordered(syntheticEmbeddings);
    int columns = imageEmbeddings.columns();
    require(key, "image_emb", imageEmbeddings, augmentations.size(), columns);
    require(key, "text_emb", captionEmbedding, 1, columns);
    if (!synthetic.keySet().equals(syntheticEmbeddings.keySet())) {
      throw new IllegalArgumentException(
          "sample %s: expected embeddings of the captions %s, got those of %s"
              .formatted(key, synthetic.keySet(), syntheticEmbeddings.keySet()));
    }
    for (Map.Entry<String, Matrix> embeddings : syntheticEmbeddings.entrySet()) {
      String name = embeddings.getKey();
      int captions = synthetic.getOrDefault(name, List.of()).size();
      require(key, name + "_emb", embeddings.getValue(), captions, columns);
    }
  }

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  private static void require(String key, String name, Matrix matrix, int rows, int columns) {
    if (matrix.rows() != rows || matrix.columns() != columns) {
      throw new IllegalArgumentException(
          "sample %s: expected %d x %d values of %s, got %d x %d"
              .formatted(key, rows, columns, name, matrix.rows(), matrix.columns()));
    }
  }
}
