package org.everclip.contracts.registry;

import org.jspecify.annotations.Nullable;

/**
 * The body of {@code PUT /api/v1/models/MODEL/aliases/ALIAS}.
 *
 * @param version where the alias shall point
 * @param expected moves only from this version; 0: the alias must not exist; null: no condition
 */
public record MoveRequest(int version, @Nullable Integer expected, String actor, String reason) {}
