package org.everclip.evaluation.role;

import java.io.IOException;
import java.nio.file.Path;
import org.everclip.evaluation.EvaluatedModel;

/** Loads models of fetched versions. */
interface Models {

  /** Loads a model directory; the caller closes it. */
  EvaluatedModel load(Path directory) throws IOException;
}
