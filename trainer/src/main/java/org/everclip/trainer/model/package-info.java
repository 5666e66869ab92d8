/**
 * Quick use of models from the command line, without the stream: {@link
 * org.everclip.trainer.model.ModelMain} embeds, classifies, describes and converts.
 */
@NullMarked
package org.everclip.trainer.model;

import org.jspecify.annotations.NullMarked;
