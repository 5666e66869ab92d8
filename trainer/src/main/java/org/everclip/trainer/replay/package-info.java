/**
 * What the trainer remembers of the stream: {@link org.everclip.trainer.replay.ReplayStore} holds
 * reinforced pairs together with the position up to which the stream was read.
 */
@NullMarked
package org.everclip.trainer.replay;

import org.jspecify.annotations.NullMarked;
