/**
 * The page that teams keep open, and its JSON API. {@code feed} fills a read model from the topics
 * and the registry, {@code view} turns it into JSON and pictures; start at {@link
 * org.everclip.dashboard.DashboardMain}.
 */
@NullMarked
package org.everclip.dashboard;

import org.jspecify.annotations.NullMarked;
