/**
 * The pairs that the gate held out, as things to evaluate on: which they are, frozen by period, and
 * their pictures on disk.
 */
@NullMarked
package org.everclip.evaluation.holdout;

import org.jspecify.annotations.NullMarked;
