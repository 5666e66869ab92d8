/** The dashboard's own read model and the threads that fill it from Kafka and the registry. */
@NullMarked
package org.everclip.dashboard.feed;

import org.jspecify.annotations.NullMarked;
