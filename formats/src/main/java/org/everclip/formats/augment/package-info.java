/**
 * The augmentation A(x; a): drawn by {@link org.everclip.formats.augment.AugmentationRecipe},
 * stored as JSON, replayed pixel for pixel by {@link org.everclip.formats.augment.Augmentation}.
 */
@NullMarked
package org.everclip.formats.augment;

import org.jspecify.annotations.NullMarked;
