/**
 * The trainer role: reinforced pairs flow from {@code pairs.reinforced} into the replay store,
 * rounds train on them and rehearse the past, and each round's model is published. Start at {@link
 * org.everclip.trainer.TrainerMain}, then {@link org.everclip.trainer.TrainerLoop}.
 */
@NullMarked
package org.everclip.trainer;

import org.jspecify.annotations.NullMarked;
