/**
 * Models of other programs: open_clip's folders in both directions, and weight files of either
 * naming. Start at {@link org.everclip.clip.exchange.OpenClipFolder} and {@link
 * org.everclip.clip.exchange.ForeignWeights}.
 */
@NullMarked
package org.everclip.clip.exchange;

import org.jspecify.annotations.NullMarked;
