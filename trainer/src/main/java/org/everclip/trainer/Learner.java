package org.everclip.trainer;

import ai.djl.ndarray.NDManager;
import org.everclip.clip.training.TrainSession;
import org.everclip.clip.weights.Weights;
import org.everclip.contracts.config.EverclipConfig;

/**
 * Owns the session that trains, and replaces it where training begins anew from other weights. For
 * one thread; native memory lives in a child of the manager given, until closed.
 */
final class Learner implements AutoCloseable {

  private final Student student;
  private final EverclipConfig.Trainer settings;
  private final NDManager manager;
  private TrainSession session;

  Learner(Student student, EverclipConfig.Trainer settings, NDManager manager) {
    this.student = student;
    this.settings = settings;
    this.manager = manager;
    session = student.session(settings, manager);
  }

  /** The session of this moment; ask again after {@link #restart}. */
  TrainSession session() {
    return session;
  }

  Student student() {
    return student;
  }

  NDManager manager() {
    return manager;
  }

  /** Goes on from these weights with fresh moments and a fresh average. */
  void restart(Weights begin) {
    session.close();
    session = student.session(settings, begin, manager);
  }

  @Override
  public void close() {
    session.close();
  }
}
