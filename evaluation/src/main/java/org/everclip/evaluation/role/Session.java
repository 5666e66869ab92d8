package org.everclip.evaluation.role;

import java.io.IOException;
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

  Loaded loaded() throws IOException {
    Loaded known = loaded;
    if (known == null) {
      EvaluatedModel model = models.load(versions.fetch(version));
      known = new Loaded(model, new TaskRunner(model), new HoldoutRunner(model));
      loaded = known;
    }
    return known;
  }

  @Override
  public void close() {
    if (loaded != null) {
      loaded.model().close();
    }
  }
}
