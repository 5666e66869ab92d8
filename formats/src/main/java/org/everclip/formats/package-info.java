/**
 * Bytes and their meaning, without a tensor engine: pictures, augmentations, shards, embeddings and
 * weight files. {@link org.everclip.formats.AtomicFile} is how whole files are written.
 */
@NullMarked
package org.everclip.formats;

import org.jspecify.annotations.NullMarked;
