/**
 * Versions and aliases, decided by the order of the log {@code models.versions} alone: {@link
 * org.everclip.registry.versions.RegistryView} is the pure decision, {@link
 * org.everclip.registry.versions.CommandLog} runs it in Kafka Streams, {@link
 * org.everclip.registry.versions.Publisher} makes manifests.
 */
@NullMarked
package org.everclip.registry.versions;

import org.jspecify.annotations.NullMarked;
