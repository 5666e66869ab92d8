/**
 * What data sets are there and whole, and converters that write a team's own in the same layout.
 */
@NullMarked
package org.everclip.evaluation.benchmarks;

import org.jspecify.annotations.NullMarked;
