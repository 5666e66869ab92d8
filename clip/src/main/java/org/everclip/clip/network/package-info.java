/**
 * The architectures: MobileCLIP, CLIP and CoCa, each written once as a forward pass that emits
 * TorchScript and names its tensors as the reference does. Start at {@link
 * org.everclip.clip.network.Networks}.
 */
@NullMarked
package org.everclip.clip.network;

import org.jspecify.annotations.NullMarked;
