/**
 * Named tensors of a network: made from a seed, read and written as safetensors, and folded into
 * the fast form. Start at {@link org.everclip.clip.weights.Weights}.
 */
@NullMarked
package org.everclip.clip.weights;

import org.jspecify.annotations.NullMarked;
