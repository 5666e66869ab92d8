package org.everclip.evaluation.role;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.everclip.contracts.registry.VersionInfo;

/** What the evaluator needs of the model registry. */
interface Versions {

  /** The models' names. */
  List<String> models();

  /** A model's versions, oldest first, retired ones included. */
  List<VersionInfo> of(String model);

  /** The directory with the files of a version, each checked against its digest. */
  Path fetch(VersionInfo version) throws IOException;

  /** The version that an alias points to. */
  Optional<Integer> alias(String model, String alias);

  /** The version that an alias pointed to before it was moved to the given one; 0: to none. */
  int before(String model, String alias, int version);

  /**
   * Moves an alias.
   *
   * @param expected moves only from this version; 0: the alias must not exist
   * @return false when the alias was elsewhere
   */
  boolean move(String model, String alias, int version, int expected, String reason);

  /** Stores bytes; returns their digest. */
  String store(byte[] bytes);

  /** The bytes of a digest. */
  byte[] load(String sha256);
}
