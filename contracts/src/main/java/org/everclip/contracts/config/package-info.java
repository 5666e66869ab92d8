/**
 * The settings as typed records, one nested record a section; {@code everclip-defaults.yaml} holds
 * every default and its explanation. {@link org.everclip.contracts.config.EverclipConfig} is the
 * root.
 */
@NullMarked
package org.everclip.contracts.config;

import org.jspecify.annotations.NullMarked;
