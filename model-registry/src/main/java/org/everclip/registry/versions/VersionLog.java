package org.everclip.registry.versions;

import org.everclip.contracts.avro.ModelEvent;

/** Where commands go to be decided in one order. */
public interface VersionLog {

  /** What the log says so far. */
  RegistryView view();

  /**
   * Carries out a command.
   *
   * @throws RequestRefused with status 503 if its decision did not come in time
   */
  Decision submit(ModelEvent command);
}
