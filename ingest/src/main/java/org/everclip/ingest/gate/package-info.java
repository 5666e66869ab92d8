/**
 * The gate: {@link org.everclip.ingest.gate.IngestTopology} is the flow, {@link
 * org.everclip.ingest.gate.Inspector} judges a pair by itself, {@link
 * org.everclip.ingest.gate.HashIndex} against all others, {@link
 * org.everclip.ingest.gate.GateService} keeps it running.
 */
@NullMarked
package org.everclip.ingest.gate;

import org.jspecify.annotations.NullMarked;
