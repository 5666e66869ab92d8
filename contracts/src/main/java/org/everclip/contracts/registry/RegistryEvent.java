package org.everclip.contracts.registry;

import org.jspecify.annotations.Nullable;

/**
 * What the event stream tells: {@code published}, {@code alias-moved} or {@code retired}.
 *
 * @param alias only for alias moves
 */
public record RegistryEvent(String kind, String model, int version, @Nullable String alias) {}
