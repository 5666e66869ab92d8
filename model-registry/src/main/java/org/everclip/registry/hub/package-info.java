/**
 * The Hugging Face Hub's read protocol, so that {@code huggingface_hub}, open_clip and
 * {@code @huggingface/hub} fetch versions unchanged. Start at {@link
 * org.everclip.registry.hub.HubApi}.
 */
@NullMarked
package org.everclip.registry.hub;

import org.jspecify.annotations.NullMarked;
