/**
 * What other modules use of the models: {@link org.everclip.clip.ClipModel} turns pictures and
 * texts into embeddings, {@link org.everclip.clip.Captioner} writes captions, {@link
 * org.everclip.clip.ModelDirectory} is how a model lies on disk.
 */
@NullMarked
package org.everclip.clip;

import org.jspecify.annotations.NullMarked;
