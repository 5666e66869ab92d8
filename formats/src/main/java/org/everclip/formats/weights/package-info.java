/**
 * Weight files in the safetensors format, read with suspicion and written deterministically. See
 * {@link org.everclip.formats.weights.SafetensorsReader}.
 */
@NullMarked
package org.everclip.formats.weights;

import org.jspecify.annotations.NullMarked;
