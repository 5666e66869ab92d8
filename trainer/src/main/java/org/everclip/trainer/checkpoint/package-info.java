/**
 * Resuming exactly: {@link org.everclip.trainer.checkpoint.CheckpointStore} keeps atomic units of
 * weights, optimizer, average and position.
 */
@NullMarked
package org.everclip.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
