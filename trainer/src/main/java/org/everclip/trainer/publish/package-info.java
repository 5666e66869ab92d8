/**
 * From a trained round to a version in the registry: {@link
 * org.everclip.trainer.publish.VersionWriter} lays out and checks the files, {@link
 * org.everclip.trainer.publish.Publisher} hands them in, in order, for as long as it takes.
 */
@NullMarked
package org.everclip.trainer.publish;

import org.jspecify.annotations.NullMarked;
