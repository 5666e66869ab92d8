/**
 * The metrics, computed from embeddings alone; definitions as in CLIP_benchmark 1.4 and DataComp.
 */
@NullMarked
package org.everclip.evaluation.metric;

import org.jspecify.annotations.NullMarked;
