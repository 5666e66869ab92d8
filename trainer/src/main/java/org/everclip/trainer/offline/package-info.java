/**
 * Training without the stream: {@link org.everclip.trainer.offline.TrainMain} learns from
 * WebDataset shards.
 */
@NullMarked
package org.everclip.trainer.offline;

import org.jspecify.annotations.NullMarked;
