/**
 * Samples of DataCompDR and of what its published generator writes: {@link
 * org.everclip.formats.datacompdr.DatacompDrReader}, {@link
 * org.everclip.formats.datacompdr.DatacompDrWriter}.
 */
@NullMarked
package org.everclip.formats.datacompdr;

import org.jspecify.annotations.NullMarked;
