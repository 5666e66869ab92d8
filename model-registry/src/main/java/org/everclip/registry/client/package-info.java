/**
 * The consumers' commands: pull, versions, promote, rollback, verify. They know the registry only
 * through {@link org.everclip.contracts.registry.RegistryClient}.
 */
@NullMarked
package org.everclip.registry.client;

import org.jspecify.annotations.NullMarked;
