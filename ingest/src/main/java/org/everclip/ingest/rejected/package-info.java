/**
 * Looking back at refusals: {@link org.everclip.ingest.rejected.RejectedLog} reads them, {@link
 * org.everclip.service.Redrive} offers their raw records again.
 */
@NullMarked
package org.everclip.ingest.rejected;

import org.jspecify.annotations.NullMarked;
