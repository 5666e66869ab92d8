package org.everclip.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.everclip.formats.embedding.EmbeddingEncoding;
import org.everclip.service.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {

  private static final String CAPTIONER = "c".repeat(64);
  private static final List<String> TEACHERS = List.of("1".repeat(64), "2".repeat(64));

  @Test
  void theDemosRecipeIsOne() {
    Path project = Path.of(System.getProperty("everclip.project"));

    Recipe recipe = RecipeFile.read(project.resolve("demo/reinforcement.yaml"));

    assertThat(recipe.teachers())
        .extracting(Recipe.Teacher::path)
        .containsExactly("demo/models/teacher-conv", "demo/models/teacher-vit");
    assertThat(recipe.captionsPerImage()).isEqualTo(5);
    assertThat(recipe.augmentationsPerImage()).isEqualTo(8);
    assertThat(recipe.augmentation())
        .isEqualTo(org.everclip.formats.augment.AugmentationRecipe.mild());
  }

  @Test
  void theVersionStaysWhatItIs() {
    // A change here starts every installation's reinforcement anew: only on purpose.
    assertThat(version(TestProgram.RECIPE)).isEqualTo("e78e871a9e31bca1");
    assertThat(version(TestProgram.RECIPE.replace("models/conv", "elsewhere/conv")))
        .as("paths do not count")
        .isEqualTo(version(TestProgram.RECIPE));
  }

  @Test
  void howRowsAreStoredCountsOnlyWhereItChangesThem() {
    String plain = TestProgram.RECIPE + "embeddings: bf16\n";
    String quantised = TestProgram.RECIPE + "embeddings: unit-quantised\n";

    assertThat(RecipeFile.parse(TestProgram.RECIPE).embeddings())
        .isEqualTo(EmbeddingEncoding.BF16_PACKED);
    assertThat(version(plain)).isEqualTo(version(TestProgram.RECIPE));
    assertThat(version(quantised)).isNotEqualTo(version(TestProgram.RECIPE));
    assertThatThrownBy(() -> RecipeFile.parse(TestProgram.RECIPE + "embeddings: fp8\n"))
        .hasMessageContaining("bf16-packed")
        .hasMessageContaining("fp8");
  }

  @Test
  void everythingElseChangesTheVersion() {
    Recipe recipe = RecipeFile.parse(TestProgram.RECIPE);
    Set<String> versions = new LinkedHashSet<>();
    versions.add(version(TestProgram.RECIPE));
    List<String[]> changes =
        List.of(
            new String[] {"captionsPerImage: 3", "captionsPerImage: 4"},
            new String[] {"augmentationsPerImage: 2", "augmentationsPerImage: 3"},
            new String[] {"seed: 1", "seed: 2"},
            new String[] {"topP: 0.9", "topP: 0.8"},
            new String[] {"temperature: 0.7", "temperature: 1.0"},
            new String[] {"maxLength: 8", "maxLength: 9"},
            new String[] {"minScale: 0.6", "minScale: 0.5"},
            new String[] {"flip: true", "flip: false"});
    for (String[] change : changes) {
      versions.add(version(TestProgram.RECIPE.replace(change[0], change[1])));
    }
    versions.add(ReinforcementVersion.of(recipe, "d".repeat(64), TEACHERS, 64, "BF16"));
    versions.add(
        ReinforcementVersion.of(
            recipe, CAPTIONER, List.of(TEACHERS.get(1), TEACHERS.get(0)), 64, "BF16"));
    versions.add(ReinforcementVersion.of(recipe, CAPTIONER, TEACHERS, 80, "BF16"));
    versions.add(ReinforcementVersion.of(recipe, CAPTIONER, TEACHERS, 64, "FP32"));

    assertThat(versions).hasSize(changes.size() + 5).allMatch(v -> v.matches("[0-9a-f]{16}"));
  }

  @Test
  void mistakesAreNamed() {
    assertThatThrownBy(() -> RecipeFile.parse(TestProgram.RECIPE + "captionPerImage: 3\n"))
        .hasMessageContaining("captionPerImage")
        .hasMessageContaining("captionsPerImage");
    assertThatThrownBy(() -> RecipeFile.parse(TestProgram.RECIPE.replace("topP: 0.9", "topP: 1.9")))
        .hasMessageContaining("topP must be in (0, 1]");
    assertThatThrownBy(() -> RecipeFile.parse(TestProgram.RECIPE.replace("seed: 1\n", "")))
        .hasMessageContaining("seed");
    assertThatThrownBy(
            () ->
                RecipeFile.parse(
                    TestProgram.RECIPE.replace("captionsPerImage: 3", "captionsPerImage: 0")))
        .hasMessageContaining("captionsPerImage in 1..100, got 0");
  }

  @Test
  void aMissingModelIsNamed(@TempDir Path folder) {
    Recipe recipe = RecipeFile.parse(TestProgram.RECIPE);

    assertThatThrownBy(() -> Ensemble.load(recipe, folder, "fp32"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("models/conv");
    assertThatThrownBy(() -> RecipeFile.read(folder.resolve("none.yaml")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("reinforce.recipe");
  }

  private static String version(String yaml) {
    return ReinforcementVersion.of(RecipeFile.parse(yaml), CAPTIONER, TEACHERS, 64, "BF16");
  }
}
