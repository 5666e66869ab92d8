/**
 * The native HTTP interface: staged blobs, versions, aliases, events ({@link
 * org.everclip.registry.api.NativeApi}). Errors are problem JSON.
 */
@NullMarked
package org.everclip.registry.api;

import org.jspecify.annotations.NullMarked;
