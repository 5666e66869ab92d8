package org.everclip.reinforce;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at what teachers and captioner give and finds models that cannot be right: constant, not
 * finite or mixed-up embeddings; empty, constant or repetitive captions. It judges windows of
 * pairs, one after another; what it finds holds until the next window says otherwise. Thread-safe.
 *
 * <p>A teacher of real data passes by far. Only who feeds pictures without content, or tests with
 * untrained models, needs {@link OnBadModel#REPORT}.
 */
final class ModelWatch {

  /** Pairs of a window. */
  static final int WINDOW = 256;

  private static final Logger log = LoggerFactory.getLogger(ModelWatch.class);

  private final int window;
  private final OnBadModel action;
  private final List<TeacherStatistics> teachers;
  private final CaptionStatistics captioner;
  private int pairs;
  private volatile List<String> troubles = List.of();

  /**
   * What the models made of one pair.
   *
   * @param rows of each teacher, in order
   */
  record Seen(List<String> captions, List<TeacherStatistics.Rows> rows) {}

  ModelWatch(List<String> teachers, String captioner, int window, OnBadModel action) {
    this.teachers = teachers.stream().map(TeacherStatistics::new).toList();
    this.captioner = new CaptionStatistics(captioner);
    this.window = window;
    this.action = action;
  }

  /** A watch over all models of an ensemble. */
  static ModelWatch over(Ensemble ensemble, OnBadModel action) {
    return new ModelWatch(
        ensemble.teachers().stream().map(Ensemble.Member::id).toList(),
        ensemble.captionerId(),
        WINDOW,
        action);
  }

  /** Takes the answers for some pairs, before they are given away. */
  synchronized void look(List<Seen> answers) {
    for (Seen seen : answers) {
      captioner.add(seen.captions());
      for (int i = 0; i < teachers.size(); i++) {
        teachers.get(i).add(seen.rows().get(i));
      }
      if (++pairs == window) {
        judge();
      }
    }
  }

  /** What is wrong by the last full window, sentences for people; empty when nothing is. */
  List<String> troubles() {
    return troubles;
  }

  /** The same as one text with what can be done about it. */
  String advice() {
    return String.join("; ", troubles)
        + ". Name a right model in the recipe (reinforce.recipe) and start again: a changed recipe"
        + " also back-fills the pairs from reinforce.backfillFrom on. With"
        + " reinforce.onBadModel=report the job goes on as it is";
  }

  OnBadModel action() {
    return action;
  }

  private void judge() {
    var found = new ArrayList<String>();
    teachers.forEach(teacher -> teacher.trouble().ifPresent(found::add));
    captioner.trouble().ifPresent(found::add);
    teachers.forEach(teacher -> log.debug("{}", teacher.figures()));
    log.debug("{}", captioner.figures());
    boolean before = !troubles.isEmpty();
    troubles = List.copyOf(found);
    if (!found.isEmpty()) {
      log.error("{}", advice());
    } else if (before) {
      log.info("the models' figures are right again");
    }
    teachers.forEach(TeacherStatistics::clear);
    captioner.clear();
    pairs = 0;
  }
}
