/**
 * The model registry's role: {@link org.everclip.registry.RegistryMain} serves, {@link
 * org.everclip.registry.ClientMain} is the command for consumers.
 */
@NullMarked
package org.everclip.registry;

import org.jspecify.annotations.NullMarked;
