package org.everclip.reinforce;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.service.ConfigException;

/** Reads a recipe: YAML with every key given ({@code embeddings} may be missing) and no other. */
final class RecipeFile {

  private static final String EMBEDDINGS = "embeddings";
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private RecipeFile() {}

  /**
   * Reads the file.
   *
   * @throws ConfigException when it is missing or not a recipe; the message says what to change
   */
  static Recipe read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new ConfigException(
          "no recipe at " + file + "; set reinforce.recipe to a file like demo/reinforcement.yaml");
    }
    try {
      return parse(Files.readString(file));
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Parses a recipe.
   *
   * @throws IllegalArgumentException when it is not one
   */
  static Recipe parse(String yaml) {
    try {
      if (!(YAML.readTree(yaml) instanceof ObjectNode recipe)) {
        throw new IllegalArgumentException("not a recipe: expected keys and values");
      }
      String encoding = recipe.path(EMBEDDINGS).asText(EmbeddingEncoding.BF16_PACKED.id());
      recipe.put(EMBEDDINGS, EmbeddingEncoding.of(encoding).name());
      return YAML.treeToValue(recipe, Recipe.class);
    } catch (UnrecognizedPropertyException e) {
      throw new IllegalArgumentException(
          "unknown key '%s'; known here are %s"
              .formatted(e.getPropertyName(), e.getKnownPropertyIds()),
          e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a recipe: " + e.getOriginalMessage(), e);
    }
  }
}
