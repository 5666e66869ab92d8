/**
 * What there is to measure: the 38 DataComp tasks and local sets, and the reader of their folders.
 */
@NullMarked
package org.everclip.evaluation.task;

import org.jspecify.annotations.NullMarked;
