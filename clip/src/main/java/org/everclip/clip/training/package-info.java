/**
 * Learning: what is minimised, the step that does it, and the state that makes it resumable bit by
 * bit. Start at {@link org.everclip.clip.training.TrainSession}.
 */
@NullMarked
package org.everclip.clip.training;

import org.jspecify.annotations.NullMarked;
