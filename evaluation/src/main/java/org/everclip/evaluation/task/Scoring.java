package org.everclip.evaluation.task;

import java.util.List;

/**
 * How a task's samples are judged; decides which members a sample must have. The metrics of each
 * form are in the metric package.
 */
public sealed interface Scoring {

  /**
   * Zero-shot classification with the data set's class names and prompts.
   *
   * @param macro also macro F1 and recall (iWildCam)
   * @param groups accuracies by columns of the sample's metadata (WILDS, Dollar Street, GeoDE)
   */
  record Classification(boolean macro, List<Grouping> groups) implements Scoring {
    public Classification {
      groups = List.copyOf(groups);
    }

    /** Plain accuracy and recall. */
    public static Classification plain() {
      return new Classification(false, List.of());
    }
  }

  /** Images and their captions, in both directions. */
  record Retrieval() implements Scoring {}

  /** Several labels an image; average precision of each class. */
  record MultiLabel() implements Scoring {}

  /** WinoGAViL: which of the candidate pictures go with a cue. */
  record Association() implements Scoring {}

  /** ARO: which of the prepared captions is the picture's own. */
  record Choice(Fold fold) implements Scoring {}

  /** FairFace and UTKFace: race, gender, age and slander of a face, by group. */
  record Faces() implements Scoring {}

  /** How single choices become one number. */
  enum Fold {
    /** Mean over relations, without the symmetric ones. */
    RELATION,
    /** Mean over pairs of attributes with at least 25 cases. */
    ATTRIBUTION,
    /** Share of right choices. */
    ORDER
  }

  /**
   * Accuracy by group.
   *
   * @param field name in the metrics, {@code acc_FIELD:0}
   * @param column of the metadata row that holds the group
   * @param top a sample counts as right when its label is among so many best classes: 1 or 5
   * @param worst name of the smallest of the groups' accuracies
   */
  record Grouping(String field, int column, int top, String worst) {}
}
