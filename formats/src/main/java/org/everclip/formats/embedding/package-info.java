/** How embeddings are stored: {@link org.everclip.formats.embedding.Bfloat16}. */
@NullMarked
package org.everclip.formats.embedding;

import org.jspecify.annotations.NullMarked;
