/** The whole flow under stress: crashes, kills and comparisons of sets by an independent reader. */
@NullMarked
package org.everclip.system;

import org.jspecify.annotations.NullMarked;
