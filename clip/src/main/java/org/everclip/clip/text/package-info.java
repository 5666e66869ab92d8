/**
 * Text to token ids and back: CLIP's byte-level byte-pair encoding, for CLIP's own vocabulary and
 * for small ones learned from captions. Start at {@link org.everclip.clip.text.Tokenizers}.
 */
@NullMarked
package org.everclip.clip.text;

import org.jspecify.annotations.NullMarked;
