/**
 * WebDataset shards: tar files whose neighbouring members with one key are a sample. See {@link
 * org.everclip.formats.shard.WebDatasetReader}.
 */
@NullMarked
package org.everclip.formats.shard;

import org.jspecify.annotations.NullMarked;
