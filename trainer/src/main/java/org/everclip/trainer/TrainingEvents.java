package org.everclip.trainer;

import java.util.List;
import org.everclip.contracts.avro.RejectionReason;

/** What a round tells while it trains; called on the training thread. */
interface TrainingEvents {

  void stepped(StepReport report);

  /** A batch made the step fail; the state is going back to before it. */
  void quarantined(int round, long step, List<String> pairIds, RejectionReason reason, String why);
}
