/**
 * Containers of bytes from strangers, opened in bounded memory: {@link
 * org.everclip.formats.archive.ZipDirectory}, {@link org.everclip.formats.archive.Gunzip}.
 */
@NullMarked
package org.everclip.formats.archive;

import org.jspecify.annotations.NullMarked;
