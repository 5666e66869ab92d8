/**
 * A thin layer over DJL's PyTorch engine: TorchScript text written by Java becomes callable methods
 * with autograd. Start at {@link org.everclip.clip.script.TorchScript}.
 */
@NullMarked
package org.everclip.clip.script;

import org.jspecify.annotations.NullMarked;
