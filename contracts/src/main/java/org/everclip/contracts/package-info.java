/**
 * The seams between the modules in code: ids ({@link org.everclip.contracts.PairId}), topics
 * ({@link org.everclip.contracts.Topics}), records and their wire form ({@link
 * org.everclip.contracts.RecordCodec}, {@link org.everclip.contracts.RawPairCodec}) and the rules
 * for periods and splits. {@code docs/contracts.md} is the prose.
 */
@NullMarked
package org.everclip.contracts;

import org.jspecify.annotations.NullMarked;
