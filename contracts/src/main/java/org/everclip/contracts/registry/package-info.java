/**
 * The model registry as its clients see it: manifests and their signatures, and one HTTP client for
 * publishers, evaluators, pages and consumers. Start at {@link
 * org.everclip.contracts.registry.RegistryClient}.
 */
@NullMarked
package org.everclip.contracts.registry;

import org.jspecify.annotations.NullMarked;
