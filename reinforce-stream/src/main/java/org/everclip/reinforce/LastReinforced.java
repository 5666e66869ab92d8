package org.everclip.reinforce;

import java.util.List;

/**
 * What the job remembers of a pair. Public because Flink's record serializer asks for it.
 *
 * @param revision the newest that was written; 0 when the pair was deleted after it
 * @param version the reinforcementVersions under which it was, with blanks between them
 */
public record LastReinforced(int revision, String version) {

  /** A pair that was deleted: back-fills leave it alone, accepted again it begins anew. */
  static final LastReinforced DELETED = new LastReinforced(0, "");

  /** True when a record of this revision and version has nothing new to say. */
  boolean covers(int otherRevision, String otherVersion) {
    return otherRevision < revision
        || (otherRevision == revision && List.of(version.split(" ", -1)).contains(otherVersion));
  }

  /** The same after a record of this revision, which is not an older one, and version. */
  LastReinforced after(int otherRevision, String otherVersion) {
    return otherRevision == revision
        ? new LastReinforced(revision, version + " " + otherVersion)
        : new LastReinforced(otherRevision, otherVersion);
  }
}
