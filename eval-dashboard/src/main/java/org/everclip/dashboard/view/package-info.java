/**
 * The HTTP side: routes, JSON views of the read model, crops drawn from stored parameters, events.
 */
@NullMarked
package org.everclip.dashboard.view;

import org.jspecify.annotations.NullMarked;
