package org.everclip.evaluation.role;

import java.io.IOException;
import org.everclip.contracts.registry.VersionInfo;

/** Knows what there is to measure. */
interface Bench {

  /**
   * Looks at the data anew.
   *
   * @param version about to be evaluated; holdouts that are large enough are frozen in its name
   */
  Tasks open(VersionInfo version) throws IOException, InterruptedException;
}
