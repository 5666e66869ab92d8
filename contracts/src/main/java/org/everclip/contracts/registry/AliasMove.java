package org.everclip.contracts.registry;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One step in an alias's history; {@code previous} is null for the first. */
public record AliasMove(
    String alias,
    int version,
    @Nullable Integer previous,
    String actor,
    String reason,
    Instant time) {}
