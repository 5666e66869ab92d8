package org.everclip.dashboard.view;

import java.util.List;
import java.util.Locale;

/**
 * Into which part of the table a task belongs. The 38 DataComp tasks are told apart as their
 * publication does (ImageNet, its distribution shifts, VTAB, retrieval), with WILDS and the
 * fairness sets by themselves.
 */
final class Families {

  static final String DATACOMP = "datacomp";

  /** In the order of the page; what is named nowhere comes last, by name. */
  static final List<String> ORDER =
      List.of(
          "holdout",
          "local",
          "imagenet",
          "shifts",
          "vtab",
          "retrieval",
          "wilds",
          "fairness",
          "other");

  private Families() {}

  /** A result's family: of a DataComp task by its key, otherwise the group itself. */
  static String of(String group, String task) {
    if (!group.equals(DATACOMP)) {
      return group;
    }
    if (task.equals("imagenet1k")) {
      return "imagenet";
    }
    if (task.startsWith("imagenet") || task.equals("objectnet")) {
      return "shifts";
    }
    if (task.startsWith("vtab/") || task.equals("sun397")) {
      return "vtab";
    }
    if (task.startsWith("retrieval/") || task.equals("misc/winogavil")) {
      return "retrieval";
    }
    if (task.startsWith("wilds/") || task.startsWith("fairness/")) {
      return task.substring(0, task.indexOf('/'));
    }
    return "other";
  }

  /** How an average calls the tasks of a family. */
  static String word(String family) {
    return switch (family) {
      case "imagenet" -> "ImageNet";
      case "shifts" -> "ImageNet shift";
      case "vtab", "wilds" -> family.toUpperCase(Locale.ROOT);
      default -> family;
    };
  }

  /** Orders families as the page shows them. */
  static int place(String family) {
    int at = ORDER.indexOf(family);
    return at < 0 ? ORDER.size() : at;
  }
}
