package org.everclip.evaluation.role;

import java.io.IOException;
import java.nio.file.Path;
import org.everclip.contracts.registry.VersionInfo;
import org.everclip.evaluation.EvaluatedModel;
import org.everclip.evaluation.TaskRunner;
import org.jspecify.annotations.Nullable;

/** Work on one version. Loads its model when it is first needed, and owns it; for one thread. */
final class Session implements AutoCloseable {

  private final VersionInfo version;
  private final Versions versions;
  private final Models models;
  private @Nullable Loaded loaded;

  Session(VersionInfo version, Versions versions, Models models) {
    this.version = version;
    this.versions = versions;
    this.models = models;
  }

  /**
   * A model and what runs on it.
   *
   * @param runner keeps the classifiers of the last few sets of prompts
   * @param holdouts for the frozen holdouts, which share pictures
   */
  record Loaded(EvaluatedModel model, TaskRunner runner, HoldoutRunner holdouts) {}

  VersionInfo version() {
    return version;
  }

  /**
   * The model, loaded by now.
   *
   * @throws BrokenModelException if it cannot be loaded, however often it is tried
   */
  Loaded loaded() throws IOException {
    Loaded known = loaded;
    if (known == null) {
      EvaluatedModel model = load(versions.fetch(version));
      known = new Loaded(model, new TaskRunner(model), new HoldoutRunner(model));
      loaded = known;
    }
    return known;
  }

  private EvaluatedModel load(Path directory) throws BrokenModelException {
    try {
      return models.load(directory);
    } catch (IOException | IllegalArgumentException e) {
      throw new BrokenModelException(version.manifest().label(), e);
    }
  }

  @Override
  public void close() {
    if (loaded != null) {
      loaded.model().close();
    }
  }
}
