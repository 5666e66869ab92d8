package org.everclip.reinforce;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.everclip.clip.Captioner;
import org.everclip.clip.ClipModel;
import org.everclip.clip.ModelDirectory;
import org.everclip.clip.network.Precision;
import org.everclip.contracts.Sha256;
import org.everclip.service.ConfigException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The recipe with its models in memory. Owns their native memory; the models may be called by any
 * number of threads.
 */
final class Ensemble implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Ensemble.class);
  private static final int ID_HEX_DIGITS = 12;

  private final Recipe recipe;
  private final List<Member> teachers;
  private final Captioner captioner;
  private final String captionerId;
  private final String reinforcementVersion;

  /**
   * A teacher.
   *
   * @param name for people: the directory's
   * @param id name@first 12 hex digits of the weights' sha256
   */
  record Member(String name, String id, ClipModel model) {}

  private Ensemble(
      Recipe recipe,
      List<Member> teachers,
      Captioner captioner,
      String captionerId,
      String precision) {
    this.recipe = recipe;
    this.teachers = List.copyOf(teachers);
    this.captioner = captioner;
    this.captionerId = captionerId;
    this.reinforcementVersion =
        ReinforcementVersion.of(
            recipe,
            captioner.weightsSha256(),
            teachers.stream().map(teacher -> teacher.model().weightsSha256()).toList(),
            imageSize(),
            precision);
  }

  /**
   * The reinforcementVersion of the settings' recipe, from the files alone.
   *
   * @throws ConfigException when the recipe or a model cannot be read
   */
  static String versionOf(ReinforceSettings settings) {
    Recipe recipe = RecipeFile.read(Path.of(settings.recipe()));
    Path program = Path.of(settings.program());
    try {
      var teachers = new ArrayList<String>();
      int size = 0;
      for (Recipe.Teacher entry : recipe.teachers()) {
        var model = ModelDirectory.read(program.resolve(entry.path()));
        teachers.add(Sha256.hex(model.runningFile()));
        size = Math.max(size, model.preprocessing().size());
      }
      var captioner = ModelDirectory.read(program.resolve(recipe.captioner().path()));
      return ReinforcementVersion.of(
          recipe,
          Sha256.hex(captioner.runningFile()),
          teachers,
          size,
          precision(settings.precision()).name());
    } catch (IOException | IllegalArgumentException e) {
      throw unusable(program, e);
    }
  }

  /**
   * Loads the models of the settings' recipe.
   *
   * @throws ConfigException when the recipe or a model cannot be used
   */
  static Ensemble load(ReinforceSettings settings) {
    Recipe recipe = RecipeFile.read(Path.of(settings.recipe()));
    return load(recipe, Path.of(settings.program()), settings.precision());
  }

  static Ensemble load(Recipe recipe, Path program, String precisionName) {
    Precision precision = precision(precisionName);
    var teachers = new ArrayList<Member>();
    try {
      for (Recipe.Teacher entry : recipe.teachers()) {
        Path directory = program.resolve(entry.path());
        ClipModel model = ClipModel.load(directory, precision);
        String name = directory.getFileName().toString();
        teachers.add(new Member(name, id(name, model.weightsSha256()), model));
      }
      Path directory = program.resolve(recipe.captioner().path());
      Captioner captioner = Captioner.load(directory, precision);
      String id = id(directory.getFileName().toString(), captioner.weightsSha256());
      var ensemble = new Ensemble(recipe, teachers, captioner, id, precision.name());
      log.info(
          "reinforcement {}: captioner {}, teachers {}",
          ensemble.reinforcementVersion,
          id,
          teachers.stream().map(Member::id).toList());
      return ensemble;
    } catch (IOException | IllegalArgumentException e) {
      teachers.forEach(teacher -> teacher.model().close());
      throw unusable(program, e);
    }
  }

  private static ConfigException unusable(Path program, Exception e) {
    return new ConfigException(
        "cannot load the models of the recipe (paths are relative to "
            + program
            + "): "
            + e.getMessage(),
        e);
  }

  Recipe recipe() {
    return recipe;
  }

  List<Member> teachers() {
    return teachers;
  }

  Captioner captioner() {
    return captioner;
  }

  String captionerId() {
    return captionerId;
  }

  String reinforcementVersion() {
    return reinforcementVersion;
  }

  /** The pixels a side that drawn translations refer to: the largest input of a teacher. */
  int imageSize() {
    return teachers.stream()
        .mapToInt(teacher -> teacher.model().preprocessing().size())
        .max()
        .orElseThrow();
  }

  @Override
  public void close() {
    captioner.close();
    teachers.forEach(teacher -> teacher.model().close());
  }

  private static String id(String name, String sha256) {
    return name + "@" + sha256.substring(0, ID_HEX_DIGITS);
  }

  private static Precision precision(String name) {
    try {
      return Precision.named(name);
    } catch (IllegalArgumentException e) {
      throw new ConfigException("reinforce." + e.getMessage(), e);
    }
  }
}
