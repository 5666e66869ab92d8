/**
 * Pictures from untrusted bytes to model input. Start at {@link
 * org.everclip.formats.image.ImageDecoder}; {@link org.everclip.formats.image.Preprocessing} makes
 * the square a model sees.
 */
@NullMarked
package org.everclip.formats.image;

import org.jspecify.annotations.NullMarked;
