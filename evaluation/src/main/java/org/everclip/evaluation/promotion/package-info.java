/** The rule that moves the main alias, and the flips it looks at. */
@NullMarked
package org.everclip.evaluation.promotion;

import org.jspecify.annotations.NullMarked;
