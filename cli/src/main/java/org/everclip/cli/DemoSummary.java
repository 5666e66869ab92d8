package org.everclip.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The demo's last line.
 *
 * @param evaluated versions with a result for every task
 * @param heldoutFirst figures of the first evaluated version, over the tasks that both have
 * @param heldoutLatest figures of the newest evaluated version
 * @param firstReinforcedSeconds from all roles ready to the first reinforced pair
 * @param peakMemoryBytes of all processes together
 * @param reconciled whether nothing is lost and nothing is there twice
 * @param pending records that are still on their way
 */
record DemoSummary(
    long accepted,
    long rejected,
    long reinforced,
    long trainedSteps,
    int versions,
    int evaluated,
    int latestVersion,
    HeldOut.@Nullable Figures heldoutFirst,
    HeldOut.@Nullable Figures heldoutLatest,
    @Nullable Double firstReinforcedSeconds,
    long peakMemoryBytes,
    boolean reconciled,
    long pending) {

  static DemoSummary of(
      FlowWatch.Counts counts,
      List<HeldOut.Figures> heldOut,
      Reconciliation.Report report,
      @Nullable Double firstReinforcedSeconds,
      long peakMemoryBytes) {
    return new DemoSummary(
        report.accepted(),
        report.rejected(),
        report.reinforced(),
        counts.steps(),
        counts.versions(),
        counts.evaluated(),
        counts.latestVersion(),
        heldOut.isEmpty() ? null : heldOut.get(0),
        heldOut.isEmpty() ? null : heldOut.get(1),
        firstReinforcedSeconds,
        peakMemoryBytes,
        report.fits(),
        report.pendingRaw() + report.pendingAccepted());
  }

  /** What is missing for success, in words; empty when all is there. */
  String shortfall() {
    if (accepted == 0 || reinforced == 0) {
      return "no pair went through the gate and the reinforcement";
    }
    if (trainedSteps == 0 || versions == 0) {
      return "no version was trained and published";
    }
    if (evaluated == 0) {
      return "no version was evaluated to the end";
    }
    return reconciled ? "" : "the sets of pairs do not reconcile; see 'everclip reconcile'";
  }
}
