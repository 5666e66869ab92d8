/**
 * The reinforcement job: pairs.accepted in, pairs.reinforced out, exactly once. {@link
 * org.everclip.reinforce.ReinforceMain} is the role, {@link org.everclip.reinforce.ReinforceJob}
 * the Flink graph, {@link org.everclip.reinforce.Reinforcer} what happens to a pair (no Flink in
 * it) and {@link org.everclip.reinforce.Recipe} what decides about it.
 */
@NullMarked
package org.everclip.reinforce;

import org.jspecify.annotations.NullMarked;
