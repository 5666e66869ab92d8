/** How embeddings are stored: {@link org.everclip.formats.embedding.EmbeddingEncoding}. */
@NullMarked
package org.everclip.formats.embedding;

import org.jspecify.annotations.NullMarked;
