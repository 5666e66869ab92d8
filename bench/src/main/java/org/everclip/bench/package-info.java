/** Benchmarks and ablations: every figure of the docs has its command here. */
@NullMarked
package org.everclip.bench;

import org.jspecify.annotations.NullMarked;
