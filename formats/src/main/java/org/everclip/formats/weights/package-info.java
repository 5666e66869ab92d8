/**
 * Weight files, read with suspicion and written deterministically. {@link
 * org.everclip.formats.weights.WeightFile#open} reads safetensors and the tensor dictionaries of
 * {@code torch.save}; {@link org.everclip.formats.weights.SafetensorsWriter} writes safetensors.
 */
@NullMarked
package org.everclip.formats.weights;

import org.jspecify.annotations.NullMarked;
