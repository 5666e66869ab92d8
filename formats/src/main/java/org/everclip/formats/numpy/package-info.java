/** Numpy's {@code .npy} and {@code .npz}: {@link org.everclip.formats.numpy.Npz}. */
@NullMarked
package org.everclip.formats.numpy;

import org.jspecify.annotations.NullMarked;
