/** What a model costs: parameters and multiply-adds, from its architecture alone. */
@NullMarked
package org.everclip.clip.cost;

import org.jspecify.annotations.NullMarked;
