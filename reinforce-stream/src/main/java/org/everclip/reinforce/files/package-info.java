/**
 * Reinforced sets as files: {@code reinforce-file} (shards in, DataCompDR shards out) and {@code
 * export} (the stream as DataCompDR shards).
 */
@NullMarked
package org.everclip.reinforce.files;

import org.jspecify.annotations.NullMarked;
