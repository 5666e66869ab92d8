/**
 * Producers: {@link org.everclip.ingest.produce.Sources} finds folders, shards and lists, {@link
 * org.everclip.ingest.produce.PairFactory} makes pairs of what they hold, {@link
 * org.everclip.ingest.produce.PairSender} sends them and remembers how far it came.
 */
@NullMarked
package org.everclip.ingest.produce;

import org.jspecify.annotations.NullMarked;
