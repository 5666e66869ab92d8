/**
 * Training and using models without the stream: {@link org.everclip.trainer.offline.TrainMain}
 * learns from WebDataset shards, {@link org.everclip.trainer.offline.ModelMain} embeds and
 * classifies.
 */
@NullMarked
package org.everclip.trainer.offline;

import org.jspecify.annotations.NullMarked;
