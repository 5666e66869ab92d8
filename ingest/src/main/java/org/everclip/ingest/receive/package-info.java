/**
 * Takes pairs over HTTP: {@link org.everclip.ingest.receive.ReceiveServer} is the role's one
 * address, {@code POST /v1/pairs}.
 */
@NullMarked
package org.everclip.ingest.receive;

import org.jspecify.annotations.NullMarked;
