/**
 * The way in: {@link org.everclip.ingest.GateMain} is the role that decides over every raw pair,
 * {@link org.everclip.ingest.IngestMain} pushes pairs from files, {@link
 * org.everclip.ingest.RejectedMain} shows what was refused and offers it again.
 */
@NullMarked
package org.everclip.ingest;

import org.jspecify.annotations.NullMarked;
