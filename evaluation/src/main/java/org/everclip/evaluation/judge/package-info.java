/** From embeddings to verdicts, one judge for each form of task. */
@NullMarked
package org.everclip.evaluation.judge;

import org.jspecify.annotations.NullMarked;
