package org.everclip.reinforce;

/**
 * What the job remembers of a pair. Public because Flink's record serializer asks for it.
 *
 * @param revision the newest that was written
 * @param version the reinforcementVersion under which it was
 */
public record LastReinforced(int revision, String version) {

  /** True when a record of this revision and version has nothing new to say. */
  boolean covers(int otherRevision, String otherVersion) {
    return otherRevision < revision || (otherRevision == revision && otherVersion.equals(version));
  }
}
