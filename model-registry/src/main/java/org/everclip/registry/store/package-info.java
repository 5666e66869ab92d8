/**
 * What lies on disk: blobs by digest ({@link org.everclip.registry.store.BlobStore}), the signing
 * key and the write token. Everything appears under its name only when it is whole and checked.
 */
@NullMarked
package org.everclip.registry.store;

import org.jspecify.annotations.NullMarked;
