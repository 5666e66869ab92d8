/**
 * Measures model versions: tasks in the standard on-disk layout, the reference's metrics,
 * intervals. Start at {@link org.everclip.evaluation.TaskRunner}; the role that follows the
 * registry is in {@code org.everclip.evaluation.role}.
 */
@NullMarked
package org.everclip.evaluation;

import org.jspecify.annotations.NullMarked;
