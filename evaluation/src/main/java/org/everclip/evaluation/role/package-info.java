/**
 * The evaluator role: follows the registry, evaluates newest versions first, decides on promotion.
 */
@NullMarked
package org.everclip.evaluation.role;

import org.jspecify.annotations.NullMarked;
