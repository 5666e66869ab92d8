/**
 * Which pairs a round trains on, fixed before its first step: {@link
 * org.everclip.trainer.round.RoundPlanner} decides, {@link org.everclip.trainer.round.RoundPlan} is
 * what is kept, {@link org.everclip.trainer.round.RoundSchedule} spells out each batch, and {@link
 * org.everclip.trainer.round.BatchAssembler} makes it.
 */
@NullMarked
package org.everclip.trainer.round;

import org.jspecify.annotations.NullMarked;
